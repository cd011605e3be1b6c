import { describe, expect, it } from 'vitest';
import { createHealthMonitor } from '../../../../docs/examples/mayarbi-bot/work/health-monitor.ts';
import {
  type MachineReader,
  type MachineSample,
  nodeMachine,
} from '../../../../docs/examples/mayarbi-bot/work/machine-reader.ts';
import { aborted, live } from './signals.ts';

const sample: MachineSample = {
  atMs: 1000,
  loadAverage: 1,
  cores: 4,
  cpuMs: 500,
  residentBytes: 100,
  totalBytes: 1000,
  heapUsedBytes: 50,
  loopDelayP99Ms: 3,
  loopUtilization: 0.2,
};

/** Gives these samples, one after the other. */
const machine = (...samples: Partial<MachineSample>[]): MachineReader => ({
  read: () => ({ ...sample, ...samples.shift() }),
  close: () => undefined,
});

describe('health monitor', () => {
  it('turns samples into shares and rates since the reading before', async () => {
    const work = createHealthMonitor(machine({}, { atMs: 3000, cpuMs: 1500 }, { atMs: 4000, cpuMs: 3500 }));
    expect(await work(undefined, live)).toEqual({
      loadPerCore: 0.25,
      cpuCores: 0.5,
      memoryShare: 0.1,
      heapUsedBytes: 50,
      loopDelayP99Ms: 3,
      loopUtilization: 0.2,
      concerns: [],
    });
    expect(await work(undefined, live)).toMatchObject({ cpuCores: 2 });
  });

  it('has no rate between two readings at the same moment', async () => {
    expect(await createHealthMonitor(machine({}, { cpuMs: 900 }))(undefined, live)).toMatchObject({ cpuCores: 0 });
  });

  it('names what is over its limit', async () => {
    const hot = { loadAverage: 20, residentBytes: 900, loopDelayP99Ms: 250, loopUtilization: 0.99 };
    const reading = await createHealthMonitor(machine({}, hot))(undefined, live);
    expect(reading.concerns).toEqual([
      'load average 5.0 per core',
      '90 % of memory in use by this process',
      'event loop 250 ms late',
      'event loop 99 % busy',
    ]);
  });

  it('does not read once nobody waits', () => {
    const work = createHealthMonitor(machine());
    expect(() => work(undefined, aborted)).toThrow('nobody waits');
  });

  it('reads this machine', async () => {
    const reader = nodeMachine();
    try {
      const reading = await createHealthMonitor(reader)(undefined, live);
      for (const [name, value] of Object.entries(reading)) {
        if (name !== 'concerns') expect(value, name).toBeGreaterThanOrEqual(0);
      }
      expect(reading.memoryShare).toBeGreaterThan(0);
      expect(reading.memoryShare).toBeLessThan(1);
      expect(reading.heapUsedBytes).toBeGreaterThan(1e6);
      expect(reading.loopUtilization).toBeLessThanOrEqual(1);
    } finally {
      reader.close();
    }
  });
});
