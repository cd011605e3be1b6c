import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Focus, Row, Summary } from '../protocol.ts';
import type { Chart } from '../statechart.ts';
import type { Connection, View } from './connection.ts';
import { DrawnChart } from './drawn-chart.tsx';
import { clock, duration, ms, number, percent, short } from './format.ts';
import { sayWith } from './layout.ts';
import { stepsOf } from './statechart-steps.ts';
import { classOf, GLYPHS } from './status.ts';

interface Props {
  readonly connection: Connection;
  readonly view: View;
  readonly actor: string;
  readonly row: Row | undefined;
}

/** The chart of the actor that is looked at, from its definition, with the active states lit. */
export function StatechartPanel({ connection, view, actor, row }: Props) {
  const { known } = view;
  const focus = known?.focus?.key === actor ? known.focus : undefined;
  const chart = useChart(connection, actor, focus?.chart);
  const steps = useMemo(() => stepsOf(known?.changes ?? [], actor), [known?.changes, actor]);
  const last = steps.at(-1);
  const active = focus?.active ?? [];
  const bands = known?.summary.bands;
  // a frame has new bands, which are almost always the same
  const say = useMemo(() => sayWith(bands), [JSON.stringify(bands)]);
  return (
    <section class="panel chart" id="chart" aria-label={`Statechart of ${short(actor)}`}>
      <h2>
        {short(actor)}
        {row !== undefined && (
          <span class={`badge ${classOf(row.status)}`}>
            {GLYPHS[row.status]} {row.status.toLowerCase()}
          </span>
        )}
        {row !== undefined && <TimeInState view={view} row={row} />}
      </h2>
      {row !== undefined && <ComponentFacts row={row} latency={focus?.latency} />}
      {actor === 'balancer' && known !== undefined && <Conservation requests={known.summary.requests} />}
      {chart === undefined ? (
        <p class="muted">{known?.focus === undefined ? 'This actor is gone.' : 'No statechart.'}</p>
      ) : (
        <DrawnChart
          chart={chart}
          active={active}
          last={last}
          status={row === undefined ? '' : classOf(row.status)}
          say={say}
        />
      )}
      <p class="last">
        {last === undefined ? (
          <span class="muted">No change since the log begins.</span>
        ) : (
          <>
            last: <b>{last.from}</b> → <b>{last.to}</b> at {clock(last.at)}
            {last.reason !== '' && ` (${last.reason})`}
          </>
        )}
      </p>
      {focus?.shown !== undefined && <pre class="context">{JSON.stringify(focus.shown, null, 1)}</pre>}
    </section>
  );
}

function useChart(connection: Connection, actor: string, id: string | undefined): Chart | undefined {
  const [charts, setCharts] = useState<ReadonlyMap<string, Chart>>(new Map());
  useEffect(() => {
    if (id === undefined || id === '' || charts.has(id)) return;
    return connection.fetched<Chart>(`/api/chart?actor=${encodeURIComponent(actor)}`, (chart) =>
      setCharts((before) => new Map(before).set(id, chart)),
    );
  }, [connection, actor, id, charts]);
  return id === undefined ? undefined : charts.get(id);
}

/** Counts on by this machine's clock from the server's time of the last frame. */
function TimeInState({ view, row }: { view: View; row: Row }) {
  const [, again] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => again((n) => n + 1), 1_000);
    return () => clearInterval(timer);
  }, []);
  const now = (view.known?.summary.at ?? row.since) + (performance.now() - view.receivedAt);
  return (
    <span class="muted since">
      for {duration(now - row.statusSince)}
      {row.since > row.statusSince + 1_000 && ` · ${row.state} for ${duration(now - row.since)}`}
    </span>
  );
}

function ComponentFacts({ row, latency }: { row: Row; latency: Focus['latency'] }) {
  return (
    <p class="facts">
      {row.taken} of {row.slots} slots{row.slots === row.capacity ? '' : ` (${row.capacity} when warm)`} · weight{' '}
      {number(row.weight)} · {number(row.perSecond)}/s · success {percent(row.successRate)}
      {latency !== undefined && ` · p50 ${ms(latency.p50Ms)}, p99 ${ms(latency.p99Ms)} since the start`}
      {row.failures > 0 && ` · ${row.failures} failures in a row`}
      {row.restarts > 0 && ` · ${row.restarts} restarts`}
    </p>
  );
}

/** Where all requests are: the first number is the sum of the others. */
function Conservation({ requests }: { requests: Summary['requests'] }) {
  const rest = [
    [requests.completed, 'completed'],
    [requests.failed, 'failed'],
    [requests.timedOut, 'timed out'],
    [requests.shed, 'shed'],
    [requests.rejected, 'rejected'],
    [requests.cancelled, 'cancelled'],
    [requests.queued, 'queued'],
    [requests.inFlight, 'in flight'],
    [requests.awaitingRetry, 'awaiting a retry'],
  ] as const;
  const parts = rest.filter(([count]) => count > 0).map(([count, name]) => `${number(count)} ${name}`);
  return (
    <p class="facts">
      {number(requests.submitted)} submitted{parts.length > 0 && ` = ${parts.join(' + ')}`}
    </p>
  );
}
