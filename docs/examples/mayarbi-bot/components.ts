import type { ComponentSpec, Handler } from 'plimsoll';
import { MAYARBI_IDS, mayarbi } from 'plimsoll/presets/mayarbi';
import type { Breakdown } from './breakdown.ts';

/**
 * The seven components. They share a handler, since what is done follows from a request's type: a stand-in does the same
 * work on the same books and store. Who may do what is in the preset (`serves`).
 */
export const createComponents = (handler: Handler, breakdown: Breakdown): ComponentSpec[] =>
  mayarbi(
    (id): Handler =>
      (request, context) => {
        if (!breakdown.isBroken(id)) return handler(request, context);
        return breakdown.wait(context.signal).then(() => handler(request, context));
      },
  ).map((spec) => ({ ...spec, check: () => !breakdown.isBroken(spec.id) }));

export const COMPONENT_IDS: readonly string[] = MAYARBI_IDS;
