import type { Fact, Severity } from '../../domain/events.ts';
import type { Logger } from '../../domain/ports.ts';
import { containRejection } from '../../lib/contain-rejection.ts';
import type { OnError } from './event-bus.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** The level at which something of a severity is logged. */
export const levelOf = (severity: Severity): LogLevel =>
  severity === 'INFO' ? 'info' : severity === 'WARNING' ? 'warn' : 'error';

/** What a balancer says about itself: log lines, and the errors that it has contained. */
export class Diagnostics {
  private readonly logger: Logger | undefined;
  private readonly publish: (fact: Fact) => void;

  constructor(logger: Logger | undefined, publish: (fact: Fact) => void) {
    this.logger = logger;
    this.publish = publish;
  }

  /** Logs; a logger that throws is ignored: there is nobody left to tell. */
  log(level: LogLevel, fields: object, message: string): void {
    try {
      containRejection(this.logger?.[level](fields, message));
    } catch {
      // the next log line may get through
    }
  }

  readonly logError: OnError = (message, cause) => this.log('error', { err: cause }, `plimsoll: ${message}`);

  /** A contained error: logged, and told to whoever listens. */
  report(severity: Severity, code: string, componentId: string | undefined, cause: unknown): void {
    this.log(levelOf(severity), { code, componentId, err: cause }, 'plimsoll: contained an error');
    this.publish({ type: 'error.reported', severity, code, componentId, cause });
  }
}
