import type { ResolvedComponent } from '../domain/component.ts';
import type { ResolvedSettings } from '../domain/settings.ts';
import type { FactReceiver } from '../domain/events.ts';
import type { AsyncScope, Clock, Integrations, Logger, Random, StateStore } from '../domain/ports.ts';
import type { Policy } from '../selection/policy.ts';
import type { componentLogic } from '../../machines/component/index.ts';

/** What a balancer is given: settings with every default, components, ports. */
export interface ResolvedOptions {
  readonly settings: ResolvedSettings;
  readonly components: readonly ResolvedComponent[];
  readonly policy: Policy | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger | undefined;
  readonly store: StateStore | undefined;
  /** Captures the submitter's async context; undefined: handlers run in the dispatcher's. */
  readonly integrations?: Integrations | undefined;
  /** Gets every fact from the start. */
  readonly subscriber?: FactReceiver | undefined;
  /** In place of the component actor's own logic: for tests that crash it. */
  readonly componentLogic?: typeof componentLogic;
  readonly captureContext: (() => AsyncScope) | undefined;
}
