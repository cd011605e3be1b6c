import type { BalancerCommand } from '../../domain/events.ts';
import { formatValue } from '../../domain/request.ts';
import { safeProperty } from '../../lib/unknown-error.ts';

type CommandType = BalancerCommand['type'];

/** The commands there are. */
export const COMMANDS: readonly string[] = [
  'request.submit',
  'request.cancel',
  'request.reprioritize',
  'component.register',
  'component.update',
  'component.deregister',
  'component.drain',
  'component.resume',
  'component.fail',
  'component.recover',
  'component.reportUsage',
  'component.reportHealth',
  'config.update',
  'algorithm.select',
  'balancer.pause',
  'balancer.resume',
  'balancer.stop',
  'facts.subscribe',
  'facts.unsubscribe',
] satisfies CommandType[];

export const canBeSentTo = (value: unknown): boolean => typeof safeProperty(value, 'send') === 'function';
const optional =
  (type: 'string' | 'boolean') =>
  (value: unknown): boolean =>
    value === undefined || typeof value === type;

const FIELDS: readonly (readonly [name: string, fits: (value: unknown) => boolean, expected: string])[] = [
  ['reason', optional('string'), 'a string'],
  ['force', optional('boolean'), 'a boolean'],
  ['replyTo', (value) => value === undefined || canBeSentTo(value), 'an actor reference or an object with send(fact)'],
];

/** What is wrong with the fields of a command that came as a plain message; undefined: nothing. Each command checks the rest itself. */
export function commandProblem(command: { readonly type: string }): string | undefined {
  if (command.type.startsWith('component.') && command.type !== 'component.register') {
    const id: unknown = Reflect.get(command, 'componentId');
    if (typeof id !== 'string') return wrong(command.type, 'componentId', 'the id of a component', id);
  }
  if (command.type === 'facts.unsubscribe') {
    const subscriber: unknown = Reflect.get(command, 'subscriber');
    if (!canBeSentTo(subscriber)) return wrong(command.type, 'subscriber', 'whoever was subscribed', subscriber);
  }
  for (const [name, fits, expected] of FIELDS) {
    const value: unknown = Reflect.get(command, name);
    if (!fits(value)) return wrong(command.type, name, expected, value);
  }
  return undefined;
}

const wrong = (type: string, name: string, expected: string, value: unknown): string =>
  `Invalid ${type}: ${name}: expected ${expected} (given: ${formatValue(value)})`;

export const UNKNOWN_COMMAND = `there is no such command; commands are ${COMMANDS.join(', ')}`;
