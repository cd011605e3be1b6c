interface Query {
  readonly expr: string;
  /** Grafana's notation of labels: `{{component}}`. */
  readonly legend: string;
}

interface Panel {
  readonly title: string;
  readonly type?: 'stat' | 'timeseries';
  readonly unit: string;
  /** Of the 24 columns. */
  readonly width: number;
  readonly queries: readonly Query[];
}

const HERE = 'job=~"$job",instance=~"$instance"';

const quantile = (q: number, name: string, by: string): string =>
  `histogram_quantile(${q}, sum by (le, ${by}) (rate(${name}_bucket{${HERE}}[$__rate_interval])))`;

const rate = (name: string, by: string, filter = ''): string =>
  `sum by (${by}) (rate(${name}{${HERE}${filter}}[$__rate_interval]))`;

const PANELS: readonly Panel[] = [
  {
    title: 'Completed, share',
    type: 'stat',
    unit: 'percentunit',
    width: 6,
    queries: [
      {
        expr: `sum(rate(plimsoll_requests_settled_total{${HERE},outcome="completed"}[$__rate_interval])) / sum(rate(plimsoll_requests_settled_total{${HERE},outcome!="cancelled"}[$__rate_interval]))`,
        legend: 'completed',
      },
    ],
  },
  {
    title: 'Routes down',
    type: 'stat',
    unit: 'short',
    width: 6,
    queries: [{ expr: `sum(plimsoll_routes_down{${HERE}})`, legend: 'routes' }],
  },
  {
    title: 'Failed components',
    type: 'stat',
    unit: 'short',
    width: 6,
    queries: [{ expr: `sum(plimsoll_components{${HERE},state="Failed"})`, legend: 'components' }],
  },
  {
    title: 'Evenness of load',
    type: 'stat',
    unit: 'short',
    width: 6,
    queries: [{ expr: `min(plimsoll_distribution_score{${HERE}})`, legend: 'score, of 100' }],
  },
  {
    title: 'Requests by outcome',
    unit: 'reqps',
    width: 12,
    queries: [{ expr: rate('plimsoll_requests_settled_total', 'outcome'), legend: '{{outcome}}' }],
  },
  {
    title: 'Requests submitted by type',
    unit: 'reqps',
    width: 12,
    queries: [{ expr: rate('plimsoll_requests_submitted_total', 'type'), legend: '{{type}}' }],
  },
  {
    title: 'Response time of completed requests',
    unit: 's',
    width: 12,
    queries: [0.5, 0.99].map((q) => ({
      expr: `histogram_quantile(${q}, sum by (le, priority) (rate(plimsoll_request_duration_seconds_bucket{${HERE},outcome="completed"}[$__rate_interval])))`,
      legend: `p${q * 100} {{priority}}`,
    })),
  },
  {
    title: 'Wait in the queue',
    unit: 's',
    width: 12,
    queries: [{ expr: quantile(0.99, 'plimsoll_queue_wait_seconds', 'priority'), legend: 'p99 {{priority}}' }],
  },
  {
    title: 'Queue',
    unit: 'short',
    width: 12,
    queries: [
      { expr: `sum by (priority) (plimsoll_queue_depth{${HERE}})`, legend: '{{priority}}' },
      { expr: `sum(plimsoll_queue_bound{${HERE}})`, legend: 'bound' },
    ],
  },
  {
    title: 'Oldest request that waits',
    unit: 's',
    width: 12,
    queries: [{ expr: `max by (priority) (plimsoll_queue_oldest_age_seconds{${HERE}})`, legend: '{{priority}}' }],
  },
  {
    title: 'Load by component',
    unit: 'percentunit',
    width: 12,
    queries: [{ expr: `max by (component) (plimsoll_component_load_ratio{${HERE}})`, legend: '{{component}}' }],
  },
  {
    title: 'Running attempts by component',
    unit: 'short',
    width: 12,
    queries: [{ expr: `sum by (component) (plimsoll_component_inflight{${HERE}})`, legend: '{{component}}' }],
  },
  {
    title: 'Failed and timed out by component',
    unit: 'reqps',
    width: 12,
    queries: [
      {
        expr: rate('plimsoll_requests_settled_total', 'component', ',outcome=~"failed|timedOut"'),
        legend: '{{component}}',
      },
    ],
  },
  {
    title: 'Weights',
    unit: 'short',
    width: 12,
    queries: [{ expr: `avg by (component) (plimsoll_component_weight{${HERE}})`, legend: '{{component}}' }],
  },
  {
    title: 'Room in rate limits',
    unit: 'short',
    width: 12,
    queries: [
      {
        expr: `sum by (component, window) (plimsoll_component_tokens{${HERE}})`,
        legend: '{{component}}, {{window}}',
      },
    ],
  },
  {
    title: 'Components by state',
    unit: 'short',
    width: 12,
    queries: [{ expr: `sum by (state) (plimsoll_components{${HERE}})`, legend: '{{state}}' }],
  },
  {
    title: 'Failovers, retries and work shed',
    unit: 'ops',
    width: 12,
    queries: [
      { expr: `sum(rate(plimsoll_failovers_total{${HERE}}[$__rate_interval]))`, legend: 'failovers' },
      { expr: rate('plimsoll_retries_total', 'reason'), legend: 'retry: {{reason}}' },
      { expr: rate('plimsoll_requests_shed_total', 'reason'), legend: 'shed: {{reason}}' },
    ],
  },
  {
    title: 'Changes of status',
    unit: 'ops',
    width: 12,
    queries: [{ expr: rate('plimsoll_component_transitions_total', 'to'), legend: 'to {{to}}' }],
  },
  {
    title: 'Alerts of the balancer',
    unit: 'ops',
    width: 12,
    queries: [{ expr: rate('plimsoll_alerts_total', 'kind'), legend: '{{kind}}' }],
  },
  {
    title: 'Decisions by algorithm',
    unit: 'ops',
    width: 12,
    queries: [{ expr: rate('plimsoll_decisions_total', 'algorithm'), legend: '{{algorithm}}' }],
  },
  {
    title: 'Versions',
    unit: 'short',
    width: 12,
    queries: [{ expr: `count by (version) (plimsoll_build_info{${HERE}})`, legend: '{{version}}' }],
  },
];

const DATASOURCE = { type: 'prometheus', uid: '$datasource' };

function placed(): object[] {
  let [x, y, id] = [0, 0, 0];
  let below = 0;
  return PANELS.map(({ title, type = 'timeseries', unit, width, queries }) => {
    const height = type === 'stat' ? 4 : 8;
    if (x + width > 24) [x, y] = [0, below];
    const gridPos = { h: height, w: width, x, y };
    x += width;
    below = y + height;
    return {
      id: ++id,
      title,
      type,
      gridPos,
      datasource: DATASOURCE,
      fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
      targets: queries.map(({ expr, legend }, k) => ({
        refId: String.fromCharCode(65 + k),
        expr,
        legendFormat: legend,
        datasource: DATASOURCE,
      })),
    };
  });
}

const variable = (name: string): object => ({
  name,
  label: name,
  type: 'query',
  datasource: DATASOURCE,
  query: { query: `label_values(plimsoll_build_info, ${name})`, refId: name },
  refresh: 2,
  multi: true,
  includeAll: true,
  current: { text: 'All', value: '$__all' },
});

/** The dashboard as Grafana imports it. */
export const dashboardFile = (): string =>
  `${JSON.stringify(
    {
      title: 'plimsoll',
      uid: 'plimsoll',
      description: 'A plimsoll load balancer. Generated by npm run docs:operations.',
      tags: ['plimsoll'],
      schemaVersion: 39,
      version: 1,
      editable: true,
      refresh: '10s',
      time: { from: 'now-1h', to: 'now' },
      templating: {
        list: [
          { name: 'datasource', label: 'data source', type: 'datasource', query: 'prometheus' },
          variable('job'),
          variable('instance'),
        ],
      },
      panels: placed(),
    },
    null,
    2,
  )}\n`;
