import { createRequire } from 'node:module';
import type { Piscina } from 'piscina';
import { InvalidConfigError } from '../../../domain/errors.ts';
import { safeProperty } from '../../../lib/unknown-error.ts';

const MISSING = 'threadWorker needs the package piscina, which could not be loaded. Install it: npm install piscina';

/** Whether the peer is there is found out before work comes that needs it. */
export function checkPiscina(): void {
  try {
    createRequire(import.meta.url).resolve('piscina');
  } catch (cause) {
    if (safeProperty(cause, 'code') === 'MODULE_NOT_FOUND') throw new InvalidConfigError(MISSING, { cause });
  }
}

export async function importPiscina(): Promise<typeof Piscina> {
  try {
    return (await import('piscina')).Piscina;
  } catch (cause) {
    throw Object.assign(new Error(MISSING, { cause }), { retryable: false });
  }
}
