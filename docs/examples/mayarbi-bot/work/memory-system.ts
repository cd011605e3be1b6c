import { z } from 'zod';
import type { SegmentStore } from './segment-store.ts';
import { checked, type Work } from './work.ts';

const key = z.string().min(1).max(500);
const schema = z.discriminatedUnion('op', [
  z.object({ op: z.literal('put'), key, value: z.json() }),
  z.object({ op: z.literal('get'), key }),
  z.object({ op: z.literal('delete'), key }),
  z.object({ op: z.literal('keys'), prefix: z.string().max(500) }),
]);

export type MemoryOperation = z.infer<typeof schema>;

export type MemoryResult =
  | { readonly op: 'put' | 'delete'; readonly key: string }
  | { readonly op: 'get'; readonly key: string; readonly value: unknown }
  | { readonly op: 'keys'; readonly keys: readonly string[] };

/**
 * The work of `memory_system`: puts, gets, deletes and lists what the bot remembers, on disk. A put that is repeated puts
 * the same again, so operations may be retried and moved to another component. A write that has begun is finished even
 * when it is aborted: half a record helps nobody.
 */
export const createMemorySystem =
  (store: SegmentStore): Work<MemoryResult> =>
  async (payload, { signal }) => {
    signal.throwIfAborted();
    const operation = checked(schema, payload, 'memory operation');
    switch (operation.op) {
      case 'put':
        await store.put(operation.key, operation.value);
        return { op: 'put', key: operation.key };
      case 'get':
        return { op: 'get', key: operation.key, value: await store.get(operation.key) };
      case 'delete':
        await store.delete(operation.key);
        return { op: 'delete', key: operation.key };
      case 'keys':
        return { op: 'keys', keys: store.keys(operation.prefix) };
    }
  };
