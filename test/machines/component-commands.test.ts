import { describe, expect, it } from 'vitest';
import type { Fact } from '../../src/index.ts';
import { ManualHandler, quick, Rig } from '../support/rig.ts';

type Command = 'drain' | 'resume' | 'fail' | 'recover' | 'deregister';

/** A component in a state of interest, beside one that works. */
interface Stage {
  readonly rig: Rig;
  readonly work: ManualHandler;
}

async function stage(spec: { check?: () => unknown } = {}): Promise<Stage> {
  const work = new ManualHandler();
  const rig = await Rig.start({
    components: [
      { id: 'c', handler: work.handle, maxConcurrentTasks: 10, ...spec },
      quick('spare', { maxConcurrentTasks: 90 }),
    ],
    recovery: { jitter: 0 },
  });
  return { rig, work };
}

const occupy = async ({ rig }: Stage, count = 1, idempotent = false): Promise<void> => {
  rig.executeMany(count, { preferredComponents: ['c'], idempotent });
  await rig.advance();
};

const states: Readonly<Record<string, () => Promise<Stage>>> = {
  'operational.available': stage,
  async 'operational.busy'() {
    const at = await stage();
    await occupy(at, 7);
    return at;
  },
  async 'operational.overloaded'() {
    const at = await stage();
    await occupy(at, 9);
    return at;
  },
  async 'maintenance.draining'() {
    const at = await stage();
    await occupy(at);
    at.rig.balancer.drain('c');
    return at;
  },
  async 'maintenance.drained'() {
    const at = await stage();
    at.rig.balancer.drain('c');
    return at;
  },
  async 'failed.isolated'() {
    const at = await stage();
    at.rig.balancer.fail('c', 'by hand');
    return at;
  },
  async 'failed.probing'() {
    const at = await stage({ check: () => new Promise(() => {}) });
    at.rig.balancer.fail('c');
    at.rig.balancer.recover('c');
    return at;
  },
  async leaving() {
    const at = await stage();
    await occupy(at);
    at.rig.balancer.deregister('c');
    return at;
  },
};

/** What a command leads to: a state, or a refusal with words of its reason. */
type Outcome = string | { readonly refused: string; readonly state: string };

const no = (state: string, refused: string): Outcome => ({ state, refused });

const notInMaintenance = no('operational', 'not in maintenance');
const notFailed = no('operational', 'has not failed');
const leaving = no('leaving', 'deregistered');

const table: Readonly<Record<string, Readonly<Record<Command, Outcome>>>> = {
  'operational.available': {
    drain: 'maintenance.drained',
    resume: notInMaintenance,
    fail: 'failed.isolated',
    recover: notFailed,
    deregister: 'gone',
  },
  'operational.busy': {
    drain: 'maintenance.draining',
    resume: notInMaintenance,
    fail: 'failed.isolated',
    recover: notFailed,
    deregister: 'maintenance.draining',
  },
  'operational.overloaded': {
    drain: 'maintenance.draining',
    resume: notInMaintenance,
    fail: 'failed.isolated',
    recover: notFailed,
    deregister: 'maintenance.draining',
  },
  'maintenance.draining': {
    drain: no('maintenance', 'already'),
    resume: 'operational.available',
    fail: 'maintenance.drained',
    recover: no('maintenance', 'resume it instead'),
    deregister: 'maintenance.draining',
  },
  'maintenance.drained': {
    drain: no('maintenance', 'already'),
    resume: 'operational.available',
    fail: no('maintenance.drained', 'nothing runs'),
    recover: no('maintenance', 'resume it instead'),
    deregister: 'gone',
  },
  'failed.isolated': {
    drain: 'maintenance.drained',
    resume: no('failed', 'recover it instead'),
    fail: no('failed.isolated', 'already'),
    recover: 'failed.probing',
    deregister: 'gone',
  },
  'failed.probing': {
    drain: 'maintenance.drained',
    resume: no('failed', 'recover it instead'),
    fail: 'failed.isolated',
    recover: no('failed.probing', 'already'),
    deregister: 'gone',
  },
  leaving: { drain: leaving, resume: leaving, fail: leaving, recover: leaving, deregister: leaving },
};

const STATUS: Readonly<Record<string, string>> = {
  'operational.available': 'Available',
  'operational.busy': 'Busy',
  'operational.overloaded': 'Overloaded',
  'maintenance.draining': 'Maintenance',
  'maintenance.drained': 'Maintenance',
  'failed.isolated': 'Failed',
  'failed.probing': 'Failed',
};

const cases = Object.entries(table).flatMap(([state, row]) =>
  (['drain', 'resume', 'fail', 'recover', 'deregister'] as const).map((command) => ({
    state,
    command,
    outcome: row[command],
  })),
);

describe('every command in every state of a component', () => {
  it.for(cases)('$state: $command', async ({ state, command, outcome }) => {
    const { rig } = await states[state]!();
    await rig.advance();
    const { balancer } = rig;
    const before = balancer.getComponentCapacity('c');
    expect(before?.state).toBe(state === 'leaving' ? 'maintenance.draining' : state);
    if (state !== 'leaving') expect(before?.status).toBe(STATUS[state]);
    rig.facts.length = 0;
    const told: Fact[] = [];

    const refused = typeof outcome !== 'string';
    expect(balancer[command]('c')).toBe(!refused);
    await rig.advance();
    const after = balancer.getComponentCapacity('c');
    if (refused) {
      expect(after?.state).toBe(before?.state);
      const fact = {
        type: 'command.refused',
        command: `component.${command}`,
        componentId: 'c',
        state: outcome.state,
        reason: expect.stringContaining(outcome.refused),
      };
      expect(rig.of('command.refused')).toEqual([fact]);
      balancer.actor.send({
        type: `component.${command}`,
        componentId: 'c',
        replyTo: { send: (heard: Fact) => told.push(heard) },
      });
      await rig.advance();
      expect(told).toEqual([fact]);
      return;
    }
    expect(rig.of('command.refused')).toEqual([]);
    if (outcome === 'gone') {
      expect(after).toBeUndefined();
      expect(rig.of('component.deregistered')).toMatchObject([{ componentId: 'c' }]);
      return;
    }
    expect(after).toMatchObject({ state: outcome, status: STATUS[outcome] });
    const changes = rig.of('component.statusChanged');
    if (STATUS[outcome] === before?.status) expect(changes).toEqual([]);
    else expect(changes.map(({ from, to }) => [from, to])).toEqual([[before?.status, STATUS[outcome]]]);
  });

  it.for(['drain', 'resume', 'fail', 'recover', 'deregister'] as const)('of nobody is refused: %s', async (command) => {
    const { rig } = await stage();
    expect(rig.balancer[command]('nobody')).toBe(false);
    await rig.advance();
    expect(rig.of('command.refused')).toMatchObject([{ command: `component.${command}`, componentId: 'nobody' }]);
  });

  it.for(['draining', 'drained'] as const)(
    'crosses with failure: resumed from %s it is probed where it failed',
    async (how) => {
      const at = await stage({ check: () => new Promise(() => {}) });
      if (how === 'draining') {
        await occupy(at);
        at.rig.balancer.drain('c');
        at.rig.balancer.fail('c');
      } else {
        at.rig.balancer.fail('c');
        at.rig.balancer.drain('c');
      }
      await at.rig.advance();
      expect(at.rig.stateOf('c')).toBe('maintenance.drained');
      at.rig.balancer.resume('c');
      expect(at.rig.stateOf('c')).toBe('failed.probing');
    },
  );

  it('goes with the failover: only what ran is handed over', async () => {
    const at = await stage();
    await occupy(at, 2, true);
    await occupy(at, 1, false);
    at.rig.balancer.drain('c');
    at.rig.balancer.fail('c', 'smoke');
    await at.rig.advance();
    expect(at.rig.of('failover.started')).toMatchObject([
      { componentId: 'c', reason: 'smoke', rerouted: 2, awaiting: 1 },
    ]);
    expect(at.rig.counts).toMatchObject({ completed: 2, inFlight: 1 });
    at.work.runs[2]?.resolve();
    await at.rig.advance();
    expect(at.rig.of('failover.completed')).toHaveLength(1);
  });

  it('keeps the reasons given', async () => {
    const { rig } = await stage();
    rig.balancer.drain('c', 'new disk');
    rig.balancer.resume('c', 'disk is in');
    rig.balancer.fail('c');
    await rig.advance();
    expect(rig.of('component.statusChanged').map(({ reason }) => reason)).toEqual([
      'new disk',
      'disk is in',
      'component.fail',
    ]);
  });
});
