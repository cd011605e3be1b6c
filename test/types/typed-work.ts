// Compiled only (see compilers.test.ts): what the compiler knows of work, with and without a map of it.
import {
  type ComponentSpec,
  type Handler,
  LoadBalancer,
  type LoadBalancerConfig,
  threadWorker,
  type WorkloadRequest,
} from 'plimsoll';
import { balanced, submitFrom } from 'plimsoll/machines';
import { mayarbi } from 'plimsoll/presets/mayarbi';
import type { OutputFrom } from 'xstate';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <Same extends true>(_same?: Same): void => {};

interface Order {
  readonly pair: string;
  readonly amount: number;
}
interface Receipt {
  readonly price: number;
}
interface Work {
  QUOTE: { payload: Order; result: Receipt };
  CANCEL: { payload: string; result: boolean };
  /** Its payload may be left out, and nothing is known of its result. */
  PING: { payload: undefined | number };
}

const order: Order = { pair: 'ETH/USD', amount: 1 };

/** As the guide writes it. */
const pay: Handler<Order, Receipt> = async ({ payload, id }, { signal }) => {
  is<Equal<typeof payload, Order>>();
  is<Equal<typeof id, string | undefined>>();
  signal.throwIfAborted();
  return { price: payload.amount };
};

export async function untyped(): Promise<void> {
  const balancer = await LoadBalancer.start({
    components: [
      { id: 'typed', handler: pay, serves: ['QUOTE'] },
      { id: 'annotated', handler: async ({ payload }: WorkloadRequest<Order>) => payload?.pair },
      {
        id: 'inline',
        serves: ['ANYTHING'],
        handler: ({ payload, type }) => {
          is<Equal<typeof payload, unknown>>();
          const name: string = type;
          return name;
        },
      },
      { id: 'worker', handler: threadWorker('./work.mjs') },
    ],
  });
  is<Equal<typeof balancer, LoadBalancer>>();
  const nothing = await balancer.execute({ type: 'QUOTE', payload: order });
  is<Equal<typeof nothing, unknown>>();
  const cast = await balancer.execute<Receipt>({ type: 'QUOTE', payload: order });
  is<Equal<typeof cast, Receipt>>();
  const both = await balancer.execute<Receipt, Order>({ type: 'QUOTE', payload: order }, { whenFull: 'wait' });
  is<Equal<typeof both, Receipt>>();
  balancer.submitRequest({ type: 'WHATEVER', deadlineInMs: 5 });
  balancer.selectComponent({ type: 'WHATEVER' });
  balancer.on('request.completed', ({ result }) => is<Equal<typeof result, unknown>>());
  const made = new LoadBalancer({ components: mayarbi(() => pay) });
  is<Equal<typeof made, LoadBalancer>>();
  const request: WorkloadRequest = { type: 'QUOTE' };
  const config: LoadBalancerConfig = { components: [{ id: 'a', handler: pay }] };
  await new LoadBalancer(config).execute(request);
  // @ts-expect-error no such option
  await balancer.execute({ type: 'QUOTE', piority: 'HIGH' });
}

/** A component for one type of the map, made elsewhere. */
const quotes: ComponentSpec<Work, 'QUOTE'> = {
  id: 'quotes',
  serves: ['QUOTE'],
  handler: ({ payload, type }) => {
    is<Equal<typeof payload, Order>>();
    is<Equal<typeof type, 'QUOTE'>>();
    return { price: payload.amount };
  },
};
const wrongResult: ComponentSpec<Work, 'QUOTE'> = {
  id: 'wrong',
  // @ts-expect-error a receipt was promised
  handler: () => 'no receipt',
};
const wrongType: ComponentSpec<Work, 'QUOTE'> = {
  id: 'wrong',
  // @ts-expect-error it is for QUOTE
  serves: ['CANCEL'],
  handler: pay,
};
const wrongPayload: Handler<Date, Receipt> = () => ({ price: 1 });

export async function typed(): Promise<void> {
  const balancer = await LoadBalancer.start<Work>({
    components: [
      { id: 'typed', serves: ['QUOTE'], handler: pay },
      quotes,
      {
        id: 'several',
        serves: ['QUOTE', 'CANCEL'],
        handler: async (request) => {
          if (request.type === 'QUOTE') {
            is<Equal<typeof request.payload, Order>>();
            return { price: request.payload.amount };
          }
          return request.type === 'CANCEL' && request.payload === 'all';
        },
      },
      { id: 'worker', handler: threadWorker('./work.mjs') },
      // @ts-expect-error no type of the map
      { id: 'misspelt', serves: ['QUOTES'], handler: pay },
      // @ts-expect-error no type has such a payload
      { id: 'wrong', handler: wrongPayload },
    ],
  });
  const receipt = await balancer.execute({ type: 'QUOTE', payload: order, priority: 'HIGH' });
  is<Equal<typeof receipt, Receipt>>();
  const cancelled = await balancer.execute({ type: 'CANCEL', payload: 'all' }, { whenFull: 'wait' });
  is<Equal<typeof cancelled, boolean>>();
  const pong = await balancer.execute({ type: 'PING' });
  is<Equal<typeof pong, unknown>>();
  // @ts-expect-error a typo
  await balancer.execute({ type: 'QOUTE', payload: order });
  // @ts-expect-error the payload is missing
  await balancer.execute({ type: 'QUOTE' });
  // @ts-expect-error the payload of another type
  await balancer.execute({ type: 'QUOTE', payload: 'all' });

  balancer.submitRequest({ type: 'CANCEL', payload: 'all' });
  // @ts-expect-error the payload of another type
  balancer.submitRequest({ type: 'CANCEL', payload: order });
  balancer.selectComponent({ type: 'QUOTE' });
  // @ts-expect-error a typo
  balancer.selectComponent({ type: 'QOUTE' });
  await balancer.ready({ type: 'QUOTE' });
  balancer.register(quotes);
  balancer.on('request.completed', (fact) => {
    if (fact.workload === 'QUOTE') is<Equal<typeof fact.result, Receipt>>();
    if (fact.workload === 'CANCEL') is<Equal<typeof fact.result, boolean>>();
  });
  balancer.on('request.failed', ({ error }) => error.code);
  balancer.on('*', (fact) => fact.type);
  // whoever knows nothing of the map may use it
  const any: LoadBalancer = balancer;
  const observe = (watched: LoadBalancer): LoadBalancer => watched;
  observe(balancer).stop();
  is<Equal<typeof any, LoadBalancer>>();
  const made = new LoadBalancer<Work>({ components: [quotes] });
  is<Equal<typeof made, LoadBalancer<Work>>>();
  const asked = made.execute({ type: 'QUOTE', payload: order });
  is<Equal<typeof asked, Promise<Receipt>>>();
}

export function embedded(self: Parameters<typeof submitFrom>[0]): void {
  submitFrom<Work>(self)({ type: 'QUOTE', payload: order });
  // @ts-expect-error a typo
  submitFrom<Work>(self)({ type: 'QOUTE', payload: order });
  submitFrom(self)({ type: 'ANYTHING' });
  const quote = balanced<Work, 'QUOTE'>('balancer');
  is<Equal<OutputFrom<typeof quote>, Receipt>>();
  const byHand = balanced<Receipt, Order>('balancer');
  is<Equal<OutputFrom<typeof byHand>, Receipt>>();
  const anything = balanced('balancer');
  is<Equal<OutputFrom<typeof anything>, unknown>>();
  void [wrongResult, wrongType];
}
