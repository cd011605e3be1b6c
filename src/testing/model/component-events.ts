import type { SnapshotFrom } from 'xstate';
import type { ComponentModelEvent, componentModelMachine } from './component-model.ts';
import type { BandName, ComponentShape } from './component-parameters.ts';

export type ComponentModelState = SnapshotFrom<typeof componentModelMachine>;

const BANDS: readonly BandName[] = ['available', 'busy', 'overloaded'];
const COMMANDS: readonly ComponentModelEvent[] = [
  { type: 'component.drain' },
  { type: 'component.resume' },
  { type: 'component.recover' },
  { type: 'component.fail' },
  { type: 'actor.crashed' },
];

/** The load band that the model shows; undefined unless it is operational. */
export const bandShown = (state: ComponentModelState): BandName | undefined =>
  BANDS.find((load) => state.matches({ operational: { load } }));

/** Whether the model rests, or reopens after a rest; undefined when it is open. */
export const restShown = (state: ComponentModelState): 'resting' | 'reopening' | undefined =>
  (['resting', 'reopening'] as const).find((rate) => state.matches({ operational: { rate } }));

/** As users see it: `operational.busy`, `failed.probing`. */
export function stateName(state: ComponentModelState): string {
  const band = bandShown(state);
  if (band !== undefined) return `operational.${restShown(state) ?? band}`;
  const [top, below] = Object.entries(state.value)[0] ?? ['', ''];
  return `${top}.${String(below)}`;
}

/** Whether one more request changes nothing but a number. */
export const hasRoomAside = (state: ComponentModelState): boolean => restShown(state) === undefined && hasRoom(state);

function hasRoom(state: ComponentModelState): boolean {
  const { shape, taken } = state.context;
  const band = bandShown(state);
  return band !== undefined && taken < slotsOpen(state) && shape.bandOf(taken + 1) === band;
}

/** Slots that may be taken while it is operational. */
function slotsOpen(state: ComponentModelState): number {
  const { shape, lap } = state.context;
  return state.matches({ operational: { ramp: 'warming' } }) ? shape.slotsAt(lap) : shape.capacity;
}

/** What may happen next: whatever a real component in this state can meet. */
export function offersOf(state: ComponentModelState): ComponentModelEvent[] {
  const { taken } = state.context;
  const isolated = state.matches({ failed: 'isolated' });
  const offers = [...COMMANDS];
  const band = bandShown(state);
  if (band !== undefined) {
    // the load does as it does where it is open
    if (restShown(state) === undefined) offers.push(...loads(state, band));
    if (hasRoomAside(state)) offers.push({ type: 'component.fail', ejected: true });
    offers.push(...rests(state, band));
    if (state.matches({ operational: { ramp: 'warming' } }))
      offers.push({ type: 'xstate.after.rampStep.component.operational.ramp.warming' });
  } else if (taken > 1) offers.push({ type: 'request.released', taken: 1 });
  if (state.matches({ maintenance: 'draining' })) offers.push({ type: 'work.finished', taken: 0 });
  else if (band === undefined && taken > 0) offers.push({ type: 'request.released', taken: 0 });
  if (isolated) offers.push({ type: 'xstate.after.cooldown.component.failed.isolated' });
  if (canBeProbed(state)) {
    offers.push({ type: 'probe.good' }, { type: 'probe.bad' });
    if (!state.context.shape.checked) offers.push({ type: 'probe.inconclusive' });
  }
  if (band !== undefined && state.context.k > 0 && hasRoomAside(state)) offers.push({ type: 'component.proven' });
  return offers;
}

/** Its check probes it where it has one, else a real request does. */
function canBeProbed(state: ComponentModelState): boolean {
  const { shape, taken } = state.context;
  return state.matches({ failed: 'probing' }) && (shape.checked || taken < shape.capacity);
}

/** What may happen between it and its provider. */
function rests(state: ComponentModelState, band: BandName): ComponentModelEvent[] {
  const { shape, taken, k } = state.context;
  switch (restShown(state)) {
    case undefined:
      // with more work, with failures before it or in a slow start it is nothing new, and there would be twice the states
      return hasRoom(state) && taken <= 1 && k === 0 && state.matches({ operational: { ramp: 'steady' } })
        ? [{ type: 'component.rest' }]
        : [];
    case 'reopening':
      return hasRoom(state) ? [{ type: 'component.rest' }, { type: 'rest.over' }] : [];
    case 'resting': {
      const offers: ComponentModelEvent[] = [];
      // what ran already is refused as well
      if (taken > 0 && shape.sunkenBand(band, taken - 1) === band)
        offers.push({ type: 'component.rest', taken: taken - 1 });
      // a slow start would be over long before
      if (state.matches({ operational: { ramp: 'steady' } }))
        offers.push({ type: 'xstate.after.rest.component.operational.rate.resting' });
      return offers;
    }
  }
}

function loads(state: ComponentModelState, band: BandName): ComponentModelEvent[] {
  const { shape, taken } = state.context;
  const offers: ComponentModelEvent[] = [];
  for (const to of BANDS) {
    const load = levelOf(shape, band, to, taken);
    if (load === undefined || load > slotsOpen(state)) continue;
    if (to !== band) offers.push({ type: `load.${to}`, taken: load });
    else if (load > taken) offers.push({ type: 'request.assign', taken: load });
    else if (load < taken) offers.push({ type: 'request.released', taken: load });
  }
  return offers;
}

/** How many slots are in use once a component has got from one band to another; undefined when it cannot. */
function levelOf(shape: ComponentShape, from: BandName, to: BandName, taken: number): number | undefined {
  const levels = Array.from({ length: shape.capacity + 1 }, (_, n) => n);
  const isUp = BANDS.indexOf(to) > BANDS.indexOf(from);
  if (isUp) return levels.find((n) => n > taken && shape.bandOf(n) === to);
  if (to !== from) {
    const down = levels.filter((n) => n < taken && shape.sunkenBand(from, n) === to);
    return to === 'available' ? (down[1] ?? down[0]) : down.at(-1);
  }
  // within the lowest band: idle or not
  return from === 'available' ? [0, 1].find((n) => n !== taken && shape.bandOf(n) === to) : undefined;
}
