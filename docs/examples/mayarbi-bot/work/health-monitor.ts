import type { MachineReader } from './machine-reader.ts';
import type { Work } from './work.ts';

export interface HealthReading {
  /** 1-minute load average over the number of cores; 0 on systems without one (Windows). */
  readonly loadPerCore: number;
  /** Processor time of this process since the last reading, all its threads; 1 is one whole core. */
  readonly cpuCores: number;
  /** Resident memory of this process over the machine's; 0 to 1. */
  readonly memoryShare: number;
  readonly heapUsedBytes: number;
  /** 99th percentile of how late timers fired since the last reading; milliseconds. */
  readonly loopDelayP99Ms: number;
  /** Share of the time since the last reading in which the event loop was busy; 0 to 1. */
  readonly loopUtilization: number;
  /** What is over its limit; empty when all is well. */
  readonly concerns: readonly string[];
}

export interface HealthLimits {
  readonly loadPerCore: number;
  readonly memoryShare: number;
  readonly loopDelayP99Ms: number;
  readonly loopUtilization: number;
}

/**
 * Defaults: more than two runnable processes a core, half of the memory, timers 100 ms late (where plimsoll stops blaming
 * components for time-outs), and an event loop without idle time.
 */
export const HEALTH_LIMITS: HealthLimits = {
  loadPerCore: 2,
  memoryShare: 0.5,
  loopDelayP99Ms: 100,
  loopUtilization: 0.95,
};

/**
 * The work of `health_monitor`: reads the machine's own load. Any payload will do. Shares and rates are over the time
 * since the reading before; with none, since the reader began.
 */
export const createHealthMonitor = (
  machine: MachineReader,
  limits: HealthLimits = HEALTH_LIMITS,
): Work<HealthReading> => {
  let before = machine.read();
  return (_payload, { signal }) => {
    signal.throwIfAborted();
    const now = machine.read();
    const elapsedMs = now.atMs - before.atMs;
    const reading = {
      loadPerCore: now.loadAverage / now.cores,
      // Two readings in one clock tick have no rate between them.
      cpuCores: elapsedMs > 0 ? (now.cpuMs - before.cpuMs) / elapsedMs : 0,
      memoryShare: now.residentBytes / now.totalBytes,
      heapUsedBytes: now.heapUsedBytes,
      loopDelayP99Ms: now.loopDelayP99Ms,
      loopUtilization: now.loopUtilization,
    };
    before = now;
    return { ...reading, concerns: concernsOf(reading, limits) };
  };
};

const concernsOf = (reading: Omit<HealthReading, 'concerns'>, limits: HealthLimits): string[] => {
  const over = (name: keyof HealthLimits, text: (value: number) => string): string[] =>
    reading[name] > limits[name] ? [text(reading[name])] : [];
  const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
  return [
    ...over('loadPerCore', (v) => `load average ${v.toFixed(1)} per core`),
    ...over('memoryShare', (v) => `${percent(v)} of memory in use by this process`),
    ...over('loopDelayP99Ms', (v) => `event loop ${v.toFixed(0)} ms late`),
    ...over('loopUtilization', (v) => `event loop ${percent(v)} busy`),
  ];
};
