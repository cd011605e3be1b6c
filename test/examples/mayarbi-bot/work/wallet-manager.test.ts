import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type Broadcast,
  BroadcastFailedError,
  createWalletManager,
  keyFromSeed,
  NotBroadcastError,
  type WalletOperation,
} from '../../../../docs/examples/mayarbi-bot/work/wallet-manager.ts';
import { BadPayloadError } from '../../../../docs/examples/mayarbi-bot/work/work.ts';
import { seededRandom } from '../../../../src/testing/seeded-random.ts';
import { aborted, live } from './signals.ts';

const key = keyFromSeed(Buffer.alloc(32, 7));
const operation = (operationId: string, amount = 1): WalletOperation => ({
  operationId,
  kind: 'arbitrage',
  asset: 'USDC',
  amount,
  legs: [{ venue: 'baltic', from: 'USDC', to: 'ETH', rate: 0.0003 }],
});

/** A world that records what reaches it. */
const world = (answer: Broadcast = () => undefined) => {
  const heard: string[] = [];
  const broadcast: Broadcast = (receipt, op) => {
    heard.push(op.operationId);
    return answer(receipt, op);
  };
  return { heard, ...createWalletManager(key, broadcast) };
};

describe('keyFromSeed', () => {
  it('gives the key of RFC 8032, section 7.1, test 1', () => {
    const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');
    const publicKey = createPublicKey(keyFromSeed(seed)).export({ format: 'der', type: 'spki' });
    const expected = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
    expect(publicKey.subarray(-32).toString('hex')).toBe(expected);
  });

  it('takes 32 bytes', () => {
    expect(() => keyFromSeed(Buffer.alloc(31))).toThrow(RangeError);
  });
});

describe('wallet manager', () => {
  it('signs under consecutive nonces, and the signatures hold', async () => {
    const { work, audit } = world();
    const receipts = [await work(operation('a'), live), await work(operation('b'), live)];
    expect(receipts.map(({ nonce, repeated }) => [nonce, repeated])).toEqual([
      [0, false],
      [1, false],
    ]);
    const [first] = receipts;
    const message = Buffer.from(`mayarbi wallet operation v1\n0\n${first?.digest}`);
    expect(verify(null, message, createPublicKey(key), Buffer.from(first?.signature ?? '', 'hex'))).toBe(true);
    expect(audit()).toEqual({
      operations: 2,
      effects: 2,
      doubled: [],
      unknown: [],
      repeats: 0,
      gaps: [],
      badSignatures: [],
    });
  });

  it('does an operation once, whether it is repeated later or at the same time', async () => {
    const { work, heard, audit } = world();
    const [first, second] = await Promise.all([work(operation('a'), live), work(operation('a'), live)]);
    const third = await work(operation('a'), live);
    expect([first?.repeated, second?.repeated, third.repeated]).toEqual([false, true, true]);
    expect(third.signature).toBe(first?.signature);
    expect(heard).toEqual(['a']);
    expect(audit()).toMatchObject({ operations: 1, effects: 1, repeats: 2 });
  });

  it('refuses other content under the same id', async () => {
    const { work, heard } = world();
    await work(operation('a', 1), live);
    await expect(work(operation('a', 2), live)).rejects.toThrow(BadPayloadError);
    expect(heard).toEqual(['a']);
  });

  it('says that it may be tried again when it was aborted in time, and leaves no gap in the nonces', async () => {
    const { work, heard, audit } = world();
    const controller = new AbortController();
    const signing = work(operation('a'), { signal: controller.signal });
    const waiting = work(operation('a'), live);
    controller.abort();
    await expect(signing).rejects.toThrow(expect.objectContaining({ code: 'NOT_BROADCAST', retryable: true }));
    await expect(waiting).rejects.toThrow(NotBroadcastError);
    await expect(work(operation('b'), aborted)).rejects.toThrow(NotBroadcastError);
    expect(heard).toEqual([]);
    expect(audit().gaps).toEqual([0]);
    expect(await work(operation('b'), live)).toMatchObject({ nonce: 0 });
    expect(await work(operation('a'), live)).toMatchObject({ nonce: 1, repeated: false });
    expect(audit()).toMatchObject({ operations: 2, gaps: [], doubled: [] });
  });

  it('lets an abort after the broadcast change nothing', async () => {
    const controller = new AbortController();
    const { work, audit } = world(() => controller.abort());
    expect(await work(operation('a'), { signal: controller.signal })).toMatchObject({ repeated: false });
    expect(audit()).toMatchObject({ operations: 1, effects: 1 });
  });

  it('never tries again what failed while it was handed over', async () => {
    const { work, heard, audit } = world(() => Promise.reject(new Error('connection lost')));
    await expect(work(operation('a'), live)).rejects.toThrow(BroadcastFailedError);
    await expect(work(operation('a'), live)).rejects.toThrow(expect.objectContaining({ retryable: false }));
    expect(heard).toEqual(['a']);
    expect(audit()).toMatchObject({ operations: 0, effects: 1, unknown: ['a'], doubled: [] });
  });

  it.each([
    ['nothing', undefined],
    ['no id', { ...operation('a'), operationId: '' }],
    ['an amount of 0', operation('a', 0)],
    ['an amount of NaN', operation('a', Number.NaN)],
  ])('blames the caller for %s', async (_name, payload) => {
    const { work, audit } = world();
    await expect(work(payload, live)).rejects.toThrow(BadPayloadError);
    expect(audit().effects).toBe(0);
  });

  it('keeps at most once through 2000 attempts that repeat, overlap, abort and fail', async () => {
    const random = seededRandom('wallet');
    const { work, heard, audit } = world(() =>
      random() < 0.1 ? Promise.reject(new Error('lost')) : Promise.resolve(),
    );
    const attempts = Array.from({ length: 2000 }, async () => {
      const controller = new AbortController();
      const attempt = work(operation(`op ${Math.floor(random() * 300)}`), { signal: controller.signal });
      if (random() < 0.3) controller.abort();
      return attempt;
    });
    await Promise.allSettled(attempts);
    const { operations, effects, unknown, doubled, badSignatures } = audit();
    expect(heard).toHaveLength(new Set(heard).size);
    expect(effects).toBe(heard.length);
    expect(operations + unknown.length).toBe(effects);
    expect(operations).toBeGreaterThan(100);
    expect(unknown.length).toBeGreaterThan(5);
    expect([...doubled, ...badSignatures]).toEqual([]);
  });
});
