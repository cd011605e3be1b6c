import { describe, expect, it } from 'vitest';
import { ManualHandler, quick, Rig } from '../support/rig.ts';

/** A wallet without a check that has failed: what comes for it must show whether it is well again. */
async function failedWallet(): Promise<{ rig: Rig; work: ManualHandler }> {
  const work = new ManualHandler();
  const rig = await Rig.start({
    components: [
      { id: 'wallet', handler: work.handle, serves: ['WALLET_OPERATION'] },
      quick('spare', { serves: ['GENERAL'] }),
    ],
    recovery: { jitter: 0 },
    queueTimeoutMs: 600_000,
  });
  rig.balancer.fail('wallet');
  return { rig, work };
}

const pay = { type: 'WALLET_OPERATION', idempotent: false, deadline: Number.MAX_SAFE_INTEGER };
const read = { type: 'WALLET_OPERATION', idempotent: true };

describe('a failed component to which one idempotent request came', () => {
  it.for<[string, (rig: Rig) => Promise<void>]>([
    [
      'that was cancelled',
      async (rig) => {
        rig.execute({ ...read, id: 'read' });
        await rig.advance();
        rig.balancer.cancel('read');
      },
    ],
    [
      'that expired',
      async (rig) => {
        rig.execute({ ...read, deadline: rig.clock.now() + 10 });
        await rig.advance(10);
      },
    ],
  ])('%s is tried by work that may not run twice, once none has come for a minute', async ([, lose]) => {
    const { rig, work } = await failedWallet();
    await lose(rig);
    const payment = rig.execute(pay);
    await rig.advance(59_900);
    expect(work.runs).toEqual([]);
    await rig.advance(300);
    expect(work.runs).toHaveLength(1);
    work.last.resolve('signed');
    await rig.advance();
    expect(payment.value).toBe('signed');
  });

  it('is kept for such work while it comes', async () => {
    const { rig, work } = await failedWallet();
    rig.execute(pay);
    for (let minutes = 0; minutes < 3; minutes += 0.75) {
      rig.execute({ ...read, id: 'read' });
      rig.balancer.cancel('read');
      await rig.advance(45_000);
    }
    expect(work.runs).toEqual([]);
    rig.execute(read);
    await rig.advance();
    expect(work.runs).toHaveLength(1);
  });
});
