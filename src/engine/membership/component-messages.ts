import type { ComponentStatus } from '../../domain/component.ts';
import type { FactReceiver } from '../../domain/events.ts';
import type { Random } from '../../domain/ports.ts';
import type { ResolvedSettings } from '../../domain/settings.ts';
import type { ComponentTable } from '../../fleet/component-table.ts';
import type { Attempt } from '../../requests/job.ts';
import type { EngineActor } from '../messages.ts';

export interface Command {
  readonly reason?: string | undefined;
  /** Gets the refusal, if there is one. */
  readonly replyTo?: FactReceiver | undefined;
}

/** Commands and observations that reach a component actor; all come from its balancer. */
export type ComponentEvent =
  | ({ readonly type: 'component.drain' } & Command)
  | ({ readonly type: 'component.resume' } & Command)
  /** `ejected`: by outlier detection. */
  | ({ readonly type: 'component.fail'; readonly ejected?: boolean } & Command)
  | ({ readonly type: 'component.recover' } & Command)
  | { readonly type: 'probe.good' }
  | { readonly type: 'probe.bad'; readonly reason?: string | undefined }
  /** It was cut short too soon to prove anything. */
  | { readonly type: 'probe.inconclusive' }
  /** Enough executions have succeeded since it recovered: its failures are forgotten. */
  | { readonly type: 'component.proven' }
  /** By the fast lane: a slot was taken for an attempt. */
  | { readonly type: 'request.assign'; readonly attempt: Attempt }
  /** Its provider has refused work: it rests until the time in the component table. */
  | { readonly type: 'component.rest'; readonly reason: string }
  /** The call after a rest was taken. */
  | { readonly type: 'rest.over' }
  /** On the fast path: a slot was freed. */
  | { readonly type: 'request.released' }
  /** On the fast path: the load has been below the band's lower edge for `bandDwellMs`. */
  | { readonly type: 'load.dwellElapsed' }
  /** On the fast path: capacity or thresholds have changed. */
  | { readonly type: 'load.reevaluate' }
  | ComponentControl;

/** What the fast path tells the statechart. */
export type ComponentControl =
  | { readonly type: 'load.available' }
  | { readonly type: 'load.busy' }
  | { readonly type: 'load.overloaded' }
  | { readonly type: 'work.finished' };

/** What a component actor tells its balancer. `incarnation` is the number of the actor's incarnation: older ones are ignored. */
export type ComponentReport =
  | {
      readonly type: 'component.stateReported';
      readonly index: number;
      readonly incarnation: number;
      readonly status: ComponentStatus;
      readonly state: string;
      readonly reason: string;
      /** k: failures in a row. */
      readonly failures: number;
    }
  | {
      readonly type: 'component.failoverRequested';
      readonly index: number;
      readonly incarnation: number;
      readonly reason: string;
    }
  | { readonly type: 'component.probeRequested'; readonly index: number; readonly incarnation: number }
  /** The slow start has opened more of its slots. */
  | { readonly type: 'component.slotsOpened'; readonly index: number; readonly incarnation: number }
  | {
      readonly type: 'component.commandRefused';
      readonly index: number;
      readonly incarnation: number;
      readonly command: string;
      readonly replyTo: FactReceiver | undefined;
      readonly state: string;
      readonly reason: string;
    };

/** Where a component actor begins: it was registered, its actor crashed, or it crashed while in maintenance. */
export type ComponentStart = 'new' | 'joining' | 'restarted' | 'drained';

export interface ComponentInput {
  readonly id: string;
  /** Its row in the component table. */
  readonly index: number;
  /** Serial of this incarnation; goes with every report. */
  readonly incarnation: number;
  readonly start: ComponentStart;
  readonly table: ComponentTable;
  readonly recovery: ResolvedSettings['recovery'];
  readonly random: Random;
  /** ms since the balancer's time 0. */
  readonly now: () => number;
  readonly parent: EngineActor;
  /** Failures in a row that a predecessor had. */
  readonly failures: number;
  /** Somebody watches the messages: then it begins step by step, also where the outcome is known. */
  readonly messagesObserved?: boolean;
}
