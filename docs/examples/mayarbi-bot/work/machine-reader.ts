import { availableParallelism, loadavg, totalmem } from 'node:os';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

/** Raw figures of the machine and this process, at one moment. */
export interface MachineSample {
  /** Milliseconds on a clock that only runs forward. */
  readonly atMs: number;
  /** Runnable processes, averaged over a minute; 0 where the system has no such figure (Windows). */
  readonly loadAverage: number;
  readonly cores: number;
  /** Processor time (user and system) of this process since it began; milliseconds. */
  readonly cpuMs: number;
  readonly residentBytes: number;
  readonly totalBytes: number;
  readonly heapUsedBytes: number;
  /** 99th percentile of the lateness of timers since the sample before; milliseconds. */
  readonly loopDelayP99Ms: number;
  /** Share of busy time of the event loop since the sample before; 0 to 1. */
  readonly loopUtilization: number;
}

export interface MachineReader {
  read(): MachineSample;
  /** Stops measuring the event loop's delay. */
  close(): void;
}

/** How often the event loop's delay is sampled; milliseconds. Its histogram includes this period, so it is taken off. */
const RESOLUTION_MS = 20;

/** Reads the machine that this process runs on. The one place of the bot's work where ambient time is read. */
export const nodeMachine = (): MachineReader => {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let utilization = performance.eventLoopUtilization();
  return {
    read() {
      const { user, system } = process.cpuUsage();
      const { rss, heapUsed } = process.memoryUsage();
      const now = performance.eventLoopUtilization();
      const since = performance.eventLoopUtilization(now, utilization);
      utilization = now;
      const p99Ms = delay.percentile(99) / 1e6;
      // (After a reset the first period is not counted, so a delay that begins at this very moment is missed.)
      delay.reset();
      return {
        atMs: performance.now(),
        loadAverage: loadavg()[0] ?? 0,
        cores: availableParallelism(),
        cpuMs: (user + system) / 1000,
        residentBytes: rss,
        totalBytes: totalmem(),
        heapUsedBytes: heapUsed,
        loopDelayP99Ms: Math.max(0, p99Ms - RESOLUTION_MS),
        loopUtilization: since.utilization,
      };
    },
    close() {
      delay.disable();
    },
  };
};
