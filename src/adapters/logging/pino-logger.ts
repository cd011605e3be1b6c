import { pino } from 'pino';
import type { Logger } from '../../domain/ports.ts';

/** The default logger: pino on standard error from `warn` upwards; `PLIMSOLL_LOG` sets another level. */
export const defaultLogger = (): Logger =>
  pino({ name: 'plimsoll', level: process.env.PLIMSOLL_LOG ?? 'warn' }, pino.destination({ dest: 2, sync: true }));
