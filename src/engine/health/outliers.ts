import { ServingState } from '../../fleet/component-table.ts';
import type { Route } from '../../fleet/route.ts';
import {
  ejectionBound,
  isDown,
  judgeOutlier,
  type OutlierRule,
  type OutlierVerdict,
} from '../../health/outlier-detection.ts';
import type { ComponentRecord } from '../membership/component-record.ts';
import { typesOf } from '../overload/watermarks.ts';
import type { EngineState } from '../state.ts';
import { avoid, failedAsAvoided } from './avoidance.ts';
import { isInUse } from './route-watch.ts';

/** Checks or reports in a row that fail a component. */
const UNHEALTHY_THRESHOLD = 3;

const SAID: Readonly<Record<OutlierRule, string>> = {
  consecutiveFailures: 'consecutive failures',
  failsWherePeersSucceed: 'consecutive failures where others succeed',
  failureRatio: 'failure ratio',
};

/** A component's execution has failed and is held against it: does that make it an outlier among its peers? */
export function detectOutlier(state: EngineState, record: ComponentRecord, failing: Route, t: number): void {
  if (!isOperational(state, record)) return;
  const {
    fleet: { view: fleet, components },
  } = state;
  const { outlier } = state.settings;
  const { index } = record;
  const avoided = components.avoided[index] === 1;
  if (avoided) failedAsAvoided(record);
  const routes = state.fleet.routes.routesOfComponent(index);
  const verdict = judgeOutlier(fleet, routes, failing, index, t, outlier, !avoided && record.toProve > 0);
  const down = isDown(fleet, index, t, outlier);
  if (verdict === undefined && !down) return;
  const bound = ejectionBound(
    components,
    routes.filter((route) => isInUse(route, t)),
    index,
    outlier,
  );
  if (down && bound === 'lastOperational') {
    const run = state.fleet.performance.consecutive[index]!;
    eject(state, record, `down: ${run} failures in a row, and nobody else for ${typesOf(failing).join(', ')}`, true);
  } else if (verdict === undefined) return;
  else if (bound === undefined) eject(state, record, reasonOf(verdict, failing), true);
  else if (!avoided) avoid(state, record, `${reasonOf(verdict, failing)}; not ejected (${bound})`, t);
}

/** `consecutive failures: 4 (PRICE_UPDATE, where its peers fail 2 %)`. */
function reasonOf({ rule, failures, peersFail }: OutlierVerdict, failing: Route): string {
  const share = Math.round(peersFail * 100);
  return `${SAID[rule]}: ${Math.round(failures)} (${typesOf(failing).join(', ')}, where its peers fail ${share} %)`;
}

/** Fails a component for a reason of the balancer's own. */
export function eject(state: EngineState, record: ComponentRecord, reason: string, ejected: boolean): void {
  forget(state, record);
  state.selection.changeDetector.noteEjection();
  record.badChecks = 0;
  record.badReports = 0;
  if (ejected) record.failedFor = record.lastFailure;
  record.actor?.send({ type: 'component.fail', reason, ejected });
}

/** What is known of how a component does its work does not count any more: it has failed, or takes nothing. */
export function forget(state: EngineState, { index }: ComponentRecord): void {
  state.fleet.performance.clearOutcomes(index);
  for (const route of state.fleet.routes.routesOfComponent(index)) route.health.clear(index);
}

/** An execution of a component that has something to prove has succeeded. */
export function prove(state: EngineState, record: ComponentRecord): void {
  if (--record.toProve > 0) return;
  if (state.fleet.components.avoided[record.index] === 1) {
    state.fleet.components.setAvoided(record.index, false);
    state.diagnostics.log(
      'info',
      { componentId: record.id },
      `plimsoll: ${record.id} does its work again and is not avoided any more.`,
    );
    return;
  }
  record.failures = 0;
  record.actor?.send({ type: 'component.proven' });
}

/** `component.reportHealth`: three bad ones in a row fail the component, a good one starts the count anew. */
export function reportHealth(
  state: EngineState,
  record: ComponentRecord,
  healthy: boolean,
  reason: string | undefined,
): void {
  record.badReports = healthy ? 0 : record.badReports + 1;
  if (record.badReports >= UNHEALTHY_THRESHOLD && isOperational(state, record)) {
    eject(state, record, reason ?? 'reported unhealthy', false);
  }
}

/** A health check of the regular round was answered. */
export function onCheckCompleted(state: EngineState, record: ComponentRecord, healthy: boolean, reason: string): void {
  record.badChecks = healthy ? 0 : record.badChecks + 1;
  if (record.badChecks >= UNHEALTHY_THRESHOLD && isOperational(state, record))
    eject(state, record, `health check: ${reason}`, false);
}

const isOperational = (state: EngineState, record: ComponentRecord): boolean =>
  state.fleet.components.servingState[record.index] === ServingState.operational;
