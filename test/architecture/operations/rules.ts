/** One alert for Prometheus, with what its unit test feeds it. */
export interface AlertRule {
  readonly name: string;
  readonly expr: string;
  /** How long it must hold. */
  readonly lasts: string;
  readonly severity: 'critical' | 'warning';
  readonly summary: string;
  /** What it means, and what to do: a paragraph of the runbook. */
  readonly meaning: string;
  readonly action: string;
  /** Series by which it fires, in the notation of `promtool test rules`, a value a minute. */
  readonly firing: Readonly<Record<string, string>>;
  /** When it has fired by them. */
  readonly firesAt: string;
  /** Series by which it does not. */
  readonly quiet: Readonly<Record<string, string>>;
}

const LOST = 'failed|timedOut|shed|rejected';

export const RULES: readonly AlertRule[] = [
  {
    name: 'PlimsollRouteDown',
    expr: 'max by (job, instance) (plimsoll_routes_down) > 0',
    lasts: '30s',
    severity: 'critical',
    summary: 'Work waits that no component can do',
    meaning:
      'Every component that serves some type of work has failed or is in maintenance, and work of that type waits.',
    action:
      'Find the types in the log line of the alert `routeDown`, and the components in `plimsoll_components`. Mend one, or register another that serves the type; a failed component is probed by itself.',
    firing: { plimsoll_routes_down: '0 1 1 1' },
    firesAt: '2m',
    quiet: { plimsoll_routes_down: '0x10' },
  },
  {
    name: 'PlimsollCriticalRequestsLost',
    expr: `sum by (job, instance) (increase(plimsoll_request_duration_seconds_count{priority="CRITICAL",outcome=~"failed|timedOut|shed"}[5m])) > 0`,
    lasts: '0s',
    severity: 'critical',
    summary: 'CRITICAL requests were accepted and then lost',
    meaning: 'Requests of priority CRITICAL failed, ran out of time or were shed after they had been accepted.',
    action:
      'The error that `execute` rejected with says for each what its component said. Where it is OUTCOME_UNKNOWN, find out whether the work has taken effect before you send it again.',
    firing: { 'plimsoll_request_duration_seconds_count{priority="CRITICAL",outcome="failed"}': '0 0 1 1' },
    firesAt: '3m',
    quiet: {
      'plimsoll_request_duration_seconds_count{priority="CRITICAL",outcome="completed"}': '0+100x10',
      'plimsoll_request_duration_seconds_count{priority="LOW",outcome="failed"}': '0+1x10',
    },
  },
  {
    name: 'PlimsollRequestsLost',
    expr: [
      `sum by (job, instance) (rate(plimsoll_requests_settled_total{outcome=~"${LOST}"}[5m]))`,
      '  / sum by (job, instance) (rate(plimsoll_requests_settled_total{outcome!="cancelled"}[5m])) > 0.05',
    ].join('\n'),
    lasts: '5m',
    severity: 'warning',
    summary: 'More than 5 % of the requests do not complete',
    meaning:
      'For five minutes more than one request in twenty has failed, run out of time, been shed or been rejected.',
    action:
      'See by outcome which it is. `failed`: which component, by its label. `timedOut` or `shed`: too little capacity, see the queue. `rejected`: the requests themselves, or a full queue.',
    firing: {
      'plimsoll_requests_settled_total{component="a",outcome="failed"}': '0+10x15',
      'plimsoll_requests_settled_total{component="a",outcome="completed"}': '0+90x15',
    },
    firesAt: '12m',
    quiet: {
      'plimsoll_requests_settled_total{component="a",outcome="failed"}': '0+1x15',
      'plimsoll_requests_settled_total{component="a",outcome="completed"}': '0+90x15',
      'plimsoll_requests_settled_total{component="a",outcome="cancelled"}': '0+900x15',
    },
  },
  {
    name: 'PlimsollComponentFailed',
    expr: 'sum by (job, instance) (plimsoll_components{state="Failed"}) > 0',
    lasts: '2m',
    severity: 'warning',
    summary: 'A component has been failed for two minutes',
    meaning:
      'It is isolated; its work runs elsewhere. It is probed again after a cooldown that grows with each failure.',
    action:
      'The log line of the alert `componentFailed` says which and why. When it is mended, `balancer.recover(id)` probes it at once.',
    firing: { 'plimsoll_components{state="Failed"}': '0 1x10' },
    firesAt: '5m',
    quiet: { 'plimsoll_components{state="Failed"}': '0 1 0 1 0 0 0 0', 'plimsoll_components{state="Busy"}': '7x10' },
  },
  {
    name: 'PlimsollComponentFlapping',
    expr: 'sum by (job, instance) (increase(plimsoll_component_transitions_total{to="Failed"}[30m])) > 6',
    lasts: '0s',
    severity: 'warning',
    summary: 'Components fail again and again',
    meaning: 'More than six failures in half an hour: something recovers, is used, and fails again.',
    action:
      'Take it out with `balancer.drain(id)` until its cause is known. A check that passes while its work fails is a cause.',
    firing: { 'plimsoll_component_transitions_total{from="Busy",to="Failed"}': '0+1x20' },
    firesAt: '12m',
    quiet: {
      'plimsoll_component_transitions_total{from="Busy",to="Failed"}': '0 1 2 2x20',
      'plimsoll_component_transitions_total{from="Available",to="Busy"}': '0+50x20',
    },
  },
  {
    name: 'PlimsollShedding',
    expr: 'sum by (job, instance) (rate(plimsoll_requests_shed_total[5m])) > 0',
    lasts: '5m',
    severity: 'warning',
    summary: 'Work has been shed for five minutes',
    meaning: 'More work comes than can be done in time, and it lasts: the least important of it is dropped.',
    action: 'Add components or slots, or send less: `LoadShedError.retryAfterMs` says when there will be room.',
    firing: { 'plimsoll_requests_shed_total{priority="LOW",reason="overload"}': '0+3x15' },
    firesAt: '12m',
    quiet: { 'plimsoll_requests_shed_total{priority="LOW",reason="overload"}': '5x15' },
  },
  {
    name: 'PlimsollQueueNearlyFull',
    expr: 'sum by (job, instance) (plimsoll_queue_depth) / sum by (job, instance) (plimsoll_queue_bound) > 0.8',
    lasts: '2m',
    severity: 'warning',
    summary: 'The queue is more than 80 % full',
    meaning: 'When it is full, requests are refused, or evicted for more important ones.',
    action:
      'If components are busy, add some. If they are not, look for a route that is down or a dispatch that is paused.',
    firing: { 'plimsoll_queue_depth{priority="LOW"}': '900x10', plimsoll_queue_bound: '1000x10' },
    firesAt: '5m',
    quiet: { 'plimsoll_queue_depth{priority="LOW"}': '700x10', plimsoll_queue_bound: '1000x10' },
  },
  {
    name: 'PlimsollQueueStuck',
    expr: 'max by (job, instance) (plimsoll_queue_oldest_age_seconds) > 30',
    lasts: '1m',
    severity: 'warning',
    summary: 'Some request has waited for more than 30 s',
    meaning: 'Something waits that nobody takes, whatever the length of the queue.',
    action: 'See its priority. Is dispatch paused, a route down, or does it need resources that no component has?',
    firing: { 'plimsoll_queue_oldest_age_seconds{priority="LOW"}': '0+60x10' },
    firesAt: '5m',
    quiet: { 'plimsoll_queue_oldest_age_seconds{priority="LOW"}': '5x10' },
  },
  {
    name: 'PlimsollRetryStorm',
    expr: [
      'sum by (job, instance) (rate(plimsoll_retries_total[5m]))',
      '  / sum by (job, instance) (rate(plimsoll_requests_submitted_total[5m])) > 0.1',
    ].join('\n'),
    lasts: '5m',
    severity: 'warning',
    summary: 'More than one request in ten is tried again',
    meaning: 'Retries hide failures from callers and add load. The retry budget bounds them; this is near it.',
    action:
      'See the reason: `failed`, `timedOut` or `failover`. A time-out below what the work takes is a frequent cause.',
    firing: {
      'plimsoll_retries_total{reason="failed"}': '0+20x15',
      'plimsoll_requests_submitted_total{type="x",priority="LOW"}': '0+100x15',
    },
    firesAt: '12m',
    quiet: {
      'plimsoll_retries_total{reason="failed"}': '0+1x15',
      'plimsoll_requests_submitted_total{type="x",priority="LOW"}': '0+100x15',
    },
  },
];

const indent = (text: string, by: number): string => text.replaceAll('\n', `\n${' '.repeat(by)}`);

/** The rules as Prometheus loads them. */
export const rulesFile =
  (): string => `# Generated by npm run docs:operations. What each alert means: README.md beside this file.
groups:
  - name: plimsoll
    rules:
${RULES.map(
  (rule) => `      - alert: ${rule.name}
        expr: |-
          ${indent(rule.expr, 10)}
        for: ${rule.lasts}
        labels:
          severity: ${rule.severity}
        annotations:
          summary: ${JSON.stringify(rule.summary)}
          description: ${JSON.stringify(`${rule.meaning} ${rule.action}`)}
          runbook: ${JSON.stringify(`docs/operations/README.md#${rule.name.toLowerCase()}`)}
`,
).join('')}`;

const seriesOf = (series: Readonly<Record<string, string>>): string =>
  Object.entries(series)
    .map(([name, values]) => {
      const labels = /\{(.*)\}$/.exec(name)?.[1];
      const all = ['job="bot"', 'instance="one"', ...(labels === undefined ? [] : [labels])].join(',');
      return `      - series: ${JSON.stringify(`${name.replace(/\{.*/, '')}{${all}}`)}
        values: ${JSON.stringify(values)}
`;
    })
    .join('');

/** Their unit tests, for `promtool test rules`: each fires when it should, and only then. */
export const ruleTestsFile = (): string => `# Generated by npm run docs:operations; run by \`promtool test rules\`.
rule_files: [alerts.yml]
evaluation_interval: 30s
tests:
${RULES.flatMap((rule) => [
  { rule, series: rule.firing, fires: true },
  { rule, series: rule.quiet, fires: false },
])
  .map(({ rule, series, fires }) => {
    const expected = fires
      ? `
          - exp_labels:
              job: bot
              instance: one
              severity: ${rule.severity}
            exp_annotations:
              summary: ${JSON.stringify(rule.summary)}
              description: ${JSON.stringify(`${rule.meaning} ${rule.action}`)}
              runbook: ${JSON.stringify(`docs/operations/README.md#${rule.name.toLowerCase()}`)}
`
      : ' []\n';
    return `  - name: ${rule.name} ${fires ? 'fires' : 'is quiet'}
    interval: 1m
    input_series:
${seriesOf(series)}    alert_rule_test:
      - alertname: ${rule.name}
        eval_time: ${fires ? rule.firesAt : '12m'}
        exp_alerts:${expected}`;
  })
  .join('')}`;
