import { readFileSync, writeFileSync } from 'node:fs';
import { balancerMachine } from '../../machines/balancer/balancer.machine.ts';
import { componentMachine } from '../../machines/component/component.machine.ts';
import {
  healthCheckerMachine,
  loadMonitorMachine,
  optimizerMachine,
  requestProcessorMachine,
} from '../../machines/monitors/index.ts';

/** What of XState's state nodes the pictures show. */
interface Node {
  readonly key: string;
  readonly id: string;
  readonly type: string;
  readonly order: number;
  readonly initial: { readonly target: readonly Node[] | undefined };
  readonly states: Readonly<Record<string, Node>>;
  readonly transitions: ReadonlyMap<string, readonly Transition[]>;
  readonly always?: readonly Transition[] | undefined;
  readonly after: readonly (Transition & { readonly delay: unknown })[];
  readonly invoke: readonly { readonly id: string; readonly src: unknown }[];
}

interface Transition {
  readonly eventType: string;
  readonly guard?: unknown;
  readonly target: readonly Node[] | undefined;
}

const CHARTS: readonly (readonly [string, string, { readonly root: Node }])[] = [
  [
    'The component',
    'Five states, as users see them: Available, Busy, Overloaded, Maintenance, Failed.',
    componentMachine,
  ],
  [
    'The balancer',
    'Parallel regions: what happens to the balancer as a whole. Requests go on the fast path.',
    balancerMachine,
  ],
  ['request-processor', 'One timer for the whole wheel of deadlines, retries and dwells.', requestProcessorMachine],
  ['load-monitor', 'Every 5 s: the alerts that the load calls for.', loadMonitorMachine],
  ['health-checker', 'Every 10 s: asks for the round of health checks.', healthCheckerMachine],
  ['optimizer', 'Every 60 s: weights, forecast, strategies.', optimizerMachine],
];

const alias = (node: Node): string => node.id.replaceAll(/\W/g, '_');

const guardName = (guard: unknown): string => {
  if (guard === undefined) return '';
  if (typeof guard === 'string') return guard;
  const type: unknown = typeof guard === 'object' && guard !== null ? Reflect.get(guard, 'type') : undefined;
  return typeof type === 'string' ? type : 'guarded';
};

const label = (event: string, transition: Transition): string => {
  const guard = guardName(transition.guard);
  return guard === '' ? event : `${event} [${guard}]`;
};

/** Children in the order of the source. */
const childrenOf = (node: Node): Node[] => Object.values(node.states).sort((a, b) => a.order - b.order);

function draw(node: Node, indent: string, lines: string[], edges: string[]): void {
  for (const child of childrenOf(node)) {
    const invoked = child.invoke.map(({ id }) => id).join(', ');
    const name = invoked === '' ? child.key : `${child.key} (invokes ${invoked})`;
    const inner = childrenOf(child);
    if (inner.length === 0) lines.push(`${indent}state "${name}" as ${alias(child)}`);
    else {
      lines.push(`${indent}state "${name}" as ${alias(child)} {`);
      draw(child, `${indent}  `, lines, edges);
      lines.push(`${indent}}`);
    }
    collect(child, edges);
    if (child.type === 'final') edges.push(`${alias(child)} --> [*]`);
  }
  const parallel = node.type === 'parallel';
  if (!parallel && childrenOf(node).length > 0) {
    const first = node.initial.target?.[0];
    if (first !== undefined) lines.push(`${indent}[*] --> ${alias(first)}`);
  }
}

function collect(node: Node, edges: string[]): void {
  const to = (transition: Transition, event: string): void => {
    for (const target of transition.target ?? [])
      edges.push(`${alias(node)} --> ${alias(target)}: ${label(event, transition)}`);
  };
  for (const [event, transitions] of node.transitions) {
    if (event === '' || event.startsWith('xstate.after')) continue;
    const name = event.startsWith('xstate.done.actor')
      ? 'done'
      : event.startsWith('xstate.error.actor')
        ? 'error'
        : event;
    for (const transition of transitions) to(transition, name);
  }
  for (const transition of node.always ?? []) to(transition, 'always');
  for (const transition of node.after) to(transition, `after ${String(transition.delay)}`);
}

/** One statechart as a Mermaid state diagram. */
function diagram(root: Node): string {
  const lines: string[] = ['stateDiagram-v2'];
  const edges: string[] = [];
  draw(root, '  ', lines, edges);
  collect(root, edges);
  const own = [...new Set(edges)].filter((edge) => !edge.startsWith(`${alias(root)} -->`));
  const global = [...new Set(edges)].filter((edge) => edge.startsWith(`${alias(root)} -->`));
  const inner = childrenOf(root)[0];
  const fromAny = inner === undefined ? [] : global.map((edge) => `note_any${edge.slice(alias(root).length)}`);
  if (fromAny.length > 0) lines.push('  state "any state" as note_any');
  return [...lines, ...own.map((edge) => `  ${edge}`), ...fromAny.map((edge) => `  ${edge}`)].join('\n');
}

/** The whole page, from the machines as they are. */
export function statechartsPage(): string {
  const parts = CHARTS.map(
    ([title, text, machine]) => `## ${title}\n\n${text}\n\n\`\`\`mermaid\n${diagram(machine.root)}\n\`\`\`\n`,
  );
  return `# The statecharts\n\nGenerated from the machines by \`npm run docs:statecharts\`; a test checks that this page is current.\n\n${parts.join('\n')}`;
}

export const PAGE = new URL('../../docs/guide/statecharts.md', import.meta.url);

export const currentPage = (): string => readFileSync(PAGE, 'utf8');

if (process.argv[1]?.endsWith('statecharts.ts') === true) writeFileSync(PAGE, statechartsPage());
