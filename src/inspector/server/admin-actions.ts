import { setImmediate as turn } from 'node:timers/promises';
import { HttpError } from '../../adapters/http/access-control.ts';
import type { Inspectable } from '../../load-balancer/inspectable.ts';
import type { AuditEntry } from '../protocol.ts';
import type { ActionRequest } from './api-schemas.ts';
import type { ChangeLog } from './change-log.ts';

type ComponentAction = Extract<ActionRequest, { action: 'drain' | 'resume' | 'fail' | 'recover' }>;

/** What an administrator may do to a balancer; everything, also what is refused, is written to the audit log. */
export class Administration {
  private readonly balancer: Inspectable;
  private readonly recorder: ChangeLog;
  private readonly now: () => number;
  private readonly allowed: boolean;
  private readonly onAudit: ((entry: AuditEntry) => void) | undefined;

  constructor(
    balancer: Inspectable,
    recorder: ChangeLog,
    now: () => number,
    allowed: boolean,
    onAudit: ((entry: AuditEntry) => void) | undefined,
  ) {
    this.balancer = balancer;
    this.recorder = recorder;
    this.now = now;
    this.allowed = allowed;
    this.onAudit = onAudit;
  }

  /** @param address of the caller. @throws Refusal */
  async run(request: ActionRequest, address: string): Promise<void> {
    const write = (outcome: AuditEntry['outcome'], detail: string): void =>
      this.write(request, address, outcome, detail);
    if (!this.allowed) {
      write('forbidden', 'the inspector is read-only');
      throw new HttpError(403, 'readOnly', 'This inspector only shows. Start it with admin: true to steer.');
    }
    const conflict = this.conflictOf(request);
    if (conflict !== undefined) {
      write('conflict', conflict.problem.message);
      throw conflict;
    }
    let reason = 'the balancer does not run';
    const off = this.balancer.on('command.refused', (fact) => {
      reason = fact.reason;
    });
    const done = this.send(request);
    // facts leave the balancer in a microtask of their own
    if (!done) await turn();
    off();
    if (!done) {
      write('refused', reason);
      throw new HttpError(422, 'refused', `The balancer refused: ${reason}.`);
    }
    write('done', 'reason' in request && request.reason !== undefined ? request.reason : '');
  }

  /** What the person saw is not what is so any more, or it would stop everything. */
  private conflictOf(request: ActionRequest): HttpError | undefined {
    const { regions, components } = this.balancer.liveStats();
    if (request.action === 'pause' || request.action === 'resumeDispatch')
      return changed(request.expect, regions.dispatch);
    if (request.action === 'selectAlgorithm') return changed(request.expect, regions.algorithm);
    const row = components.find(({ id }) => id === request.target);
    if (row === undefined) return new HttpError(404, 'unknown', `There is no component ${request.target} (any more).`);
    // load bands come and go by the second: who drains a busy component means the same when it is available again
    const [seen] = request.expect.split('.');
    const [actual] = row.state.split('.');
    if (seen !== actual) return changed(request.expect, row.state);
    const others = components.filter(({ id, state }) => id !== request.target && state.startsWith('operational'));
    const stops = request.action === 'drain' || request.action === 'fail';
    if (stops && actual === 'operational' && others.length === 0 && request.force !== true) {
      return new HttpError(
        409,
        'lastAvailable',
        `${request.target} is the last component that works; without it everything waits. Use force if you mean it.`,
        row.state,
      );
    }
    return undefined;
  }

  private send(request: ActionRequest): boolean {
    const { balancer } = this;
    switch (request.action) {
      case 'pause':
        return balancer.pauseDispatch();
      case 'resumeDispatch':
        return balancer.resumeDispatch();
      case 'selectAlgorithm':
        return balancer.selectAlgorithm(request.algorithm);
      default:
        return this.sendTo(request);
    }
  }

  private sendTo({ action, target, reason }: ComponentAction): boolean {
    const why = reason === undefined || reason === '' ? 'inspector' : `inspector: ${reason}`;
    return this.balancer[action](target, why);
  }

  private write(request: ActionRequest, address: string, outcome: AuditEntry['outcome'], detail: string): void {
    const { viewer, target } = request;
    const action = request.action === 'selectAlgorithm' ? `selectAlgorithm ${request.algorithm}` : request.action;
    this.recorder.audit.add((seq) => {
      const entry: AuditEntry = { seq, at: this.now(), viewer, address, action, target, outcome, detail };
      try {
        this.onAudit?.(entry);
      } catch {
        // the host's own log must not keep a person from steering
      }
      return entry;
    });
  }
}

function changed(expected: string, actual: string): HttpError | undefined {
  if (expected === actual) return undefined;
  return new HttpError(409, 'changed', `It was ${expected} when you looked; it is ${actual} now.`, actual);
}
