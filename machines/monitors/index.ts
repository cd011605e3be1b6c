export { healthCheckerMachine } from './health-checker.ts';
export { loadMonitorMachine } from './load-monitor.ts';
export { optimizerMachine } from './optimizer.ts';
export { requestProcessorMachine } from './timer.machine.ts';
