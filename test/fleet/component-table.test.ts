import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ComponentSpec, componentSpecSchema } from '../../src/domain/component.ts';
import { parseSettings } from '../../src/domain/config.ts';
import { ComponentTable, ServingState } from '../../src/fleet/component-table.ts';
import { Band } from '../../src/fleet/load-bands.ts';

const spec = (id: string, changes: Partial<ComponentSpec> = {}) =>
  componentSpecSchema.parse({ id, handler: () => undefined, ...changes });

/** A table and what it has told its listener. */
function newTable(): { table: ComponentTable; open: Map<number, boolean> } {
  const open = new Map<number, boolean>();
  const one = new ComponentTable(
    {
      onFreeChanged: (i, isOpen) => {
        expect(open.get(i) ?? false, 'told only of changes').toBe(!isOpen);
        open.set(i, isOpen);
      },
    },
    parseSettings({}),
  );
  return { table: one, open };
}

interface Row {
  readonly i: number;
  standing: ServingState;
  capacity: number;
  limit: number;
  ramp: number;
  weight: number;
  taken: number;
  ejected: boolean;
  wantsProbe: boolean;
  band: Band;
}

/** Slots that may be taken, taken ones included, by the rules of load bands and slow start. */
function openSlots(row: Row): number {
  const max = Math.min(row.capacity, row.limit);
  if (row.standing === ServingState.operational) return Math.max(1, Math.ceil(max * row.ramp - 1e-9));
  return 0;
}

const MULTIPLIER = 1.5;
const BANDS = Object.values(Band);
const bandOf = (n: number): Band => BANDS[n % BANDS.length]!;

const sum = (rows: readonly Row[], of: (row: Row) => number): number => rows.reduce((s, row) => s + of(row), 0);

const operation = fc.record({
  what: fc.constantFrom(
    'add',
    'remove',
    'take',
    'take',
    'release',
    'stand',
    'capacity',
    'ramp',
    'weight',
    'limit',
    'probe',
    'band',
  ),
  pick: fc.nat(),
  n: fc.integer({ min: 1, max: 40 }),
  standing: fc.constantFrom(
    ServingState.operational,
    ServingState.operational,
    ServingState.probing,
    ServingState.isolated,
    ServingState.draining,
    ServingState.drained,
  ),
  flag: fc.boolean(),
});

describe('ComponentTable', () => {
  it('agrees with a table of rows, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 120 }), (operations) => {
        const { table: l, open } = newTable();
        const rows: Row[] = [];
        let next = 0;
        for (const { what, pick, n, standing, flag } of operations) {
          const row = rows[pick % (rows.length || 1)];
          if (what === 'add') {
            const i = l.add(spec(`c${next++}`, { maxConcurrentTasks: n, priorityMultiplier: MULTIPLIER }));
            expect(rows.some((other) => other.i === i)).toBe(false);
            rows.push({
              i,
              standing: 0,
              capacity: n,
              limit: n,
              ramp: 1,
              weight: 1,
              taken: 0,
              ejected: false,
              wantsProbe: false,
              band: 0,
            });
          } else if (row === undefined) continue;
          else if (what === 'remove' && row.taken === 0) {
            l.remove(row.i);
            rows.splice(rows.indexOf(row), 1);
          } else if (what === 'take' && (openSlots(row) > row.taken || row.standing === ServingState.probing)) {
            l.take(row.i);
            row.taken++;
          } else if (what === 'release' && row.taken > 0) {
            l.release(row.i);
            row.taken--;
          } else if (what === 'stand') {
            row.ejected = flag && standing === ServingState.isolated;
            l.ejected[row.i] = row.ejected ? 1 : 0;
            l.setServingState(row.i, standing, n);
            row.standing = standing;
            expect(l.servingStateSince[row.i]).toBe(n);
          } else if (what === 'capacity') {
            l.setCapacity(row.i, n);
            row.capacity = n;
            row.limit = n;
          } else if (what === 'ramp') {
            row.ramp = n / 40;
            l.setRamp(row.i, row.ramp);
          } else if (what === 'weight') {
            row.weight = n / 7;
            l.setWeight(row.i, row.weight);
          } else if (what === 'limit') {
            row.limit = n;
            l.setLimit(row.i, n);
          } else if (what === 'probe') {
            l.setAwaitsProbe(row.i, flag);
            row.wantsProbe = flag;
          } else if (what === 'band') {
            row.band = bandOf(n);
            l.setBand(row.i, row.band);
          }

          expect(l.count).toBe(rows.length);
          expect(l.slotsTaken).toBe(sum(rows, (one) => one.taken));
          const counted = rows.filter(
            (one) => one.standing >= ServingState.operational && one.standing <= ServingState.isolated,
          );
          expect(l.countedSlots).toBe(sum(counted, (one) => one.capacity));
          const operational = rows.filter((one) => one.standing === ServingState.operational);
          expect(l.operationalSlots).toBe(sum(operational, (one) => one.capacity));
          for (const k of Object.values(ServingState)) {
            if (k === ServingState.absent) continue;
            expect(l.countByServingState[k]).toBe(rows.filter((one) => one.standing === k).length);
          }
          expect([...l.awaitingProbe].sort()).toEqual(
            rows
              .filter((one) => one.wantsProbe)
              .map((one) => one.i)
              .sort(),
          );
          expect(l.awaitingProbeCount).toBe(l.awaitingProbe.length);
          expect(l.overloaded).toBe(rows.filter((one) => one.band === Band.overloaded).length);
          for (const one of rows) {
            expect(l.taken[one.i]).toBe(one.taken);
            const effective = Math.min(one.capacity, one.limit) * one.weight;
            expect(l.effectiveCapacity[2 * one.i]).toBeCloseTo(effective, 9);
            expect(l.effectiveCapacity[2 * one.i + 1]).toBeCloseTo(effective * MULTIPLIER, 9);
            expect(l.band[one.i]).toBe(one.band);
            expect(l.free[one.i]).toBe(openSlots(one) - one.taken);
            expect(open.get(one.i) ?? false).toBe(l.free[one.i]! > 0);
            if (one.standing === ServingState.operational) expect(l.slots[one.i]).toBe(openSlots(one));
            expect(l.awaitsProbe[one.i]).toBe(one.wantsProbe ? 1 : 0);
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  it('finds components by id until they have left, and uses their index again', () => {
    const { table: l } = newTable();
    const a = l.add(spec('a'));
    const b = l.add(spec('b'));
    expect([l.indexOf('a'), l.indexOf('b'), l.indexOf('c')]).toEqual([a, b, -1]);
    l.ejected[a] = 1;
    l.idempotentAt[a] = 1;
    l.setRamp(a, 0.5);
    l.setAwaitsProbe(a, true);
    l.remove(a);
    expect(l.indexOf('a')).toBe(-1);
    expect(l.awaitingProbeCount).toBe(0);
    const c = l.add(spec('c', { weight: 3 }));
    expect(c).toBe(a);
    expect(l.high).toBe(2);
    expect([l.ejected[c], l.idempotentAt[c], l.ramp[c], l.awaitsProbe[c]]).toEqual([0, -Infinity, 1, 0]);
    expect(l.free[c]).toBe(0);
  });

  it('weighs a component by weight, ramp, and for important work its multiplier', () => {
    const { table: l } = newTable();
    const i = l.add(spec('a', { weight: 3, priorityMultiplier: 1.5 }));
    expect(l.effectiveWeight(i, false)).toBe(3);
    expect(l.effectiveWeight(i, true)).toBe(4.5);
    l.setRamp(i, 0.1);
    expect(l.effectiveWeight(i, true)).toBeCloseTo(0.45, 12);
  });

  it('rounds ramped slots up, and 10 % of 30 is 3', () => {
    const { table: l } = newTable();
    const i = l.add(spec('a', { maxConcurrentTasks: 30 }));
    l.setServingState(i, ServingState.operational);
    const slots = [0.1, 0.11, 0.7, 0.99, 1].map((ramp) => {
      l.setRamp(i, ramp);
      return l.slots[i];
    });
    expect(slots).toEqual([3, 4, 21, 30, 30]);
  });

  it('forgets that a component was ejected when it is operational again', () => {
    const { table: l } = newTable();
    const ejected = l.add(spec('ejected', { maxConcurrentTasks: 35 }));
    l.ejected[ejected] = 1;
    l.setServingState(ejected, ServingState.isolated);
    expect([l.ejected[ejected], l.free[ejected]]).toEqual([1, 0]);
    l.setServingState(ejected, ServingState.operational);
    expect(l.ejected[ejected]).toBe(0);
  });

  it('keeps its columns as it grows', () => {
    const { table: l } = newTable();
    for (let k = 0; k < 1000; k++) {
      const i = l.add(spec(`c${k}`, { maxConcurrentTasks: (k % 50) + 1, weight: k + 1 }));
      l.setServingState(i, ServingState.operational);
    }
    for (let k = 0; k < 1000; k++) {
      expect(l.ids[k]).toBe(`c${k}`);
      expect(l.free[k]).toBe((k % 50) + 1);
      expect(l.weight[k]).toBe(k + 1);
    }
  });
});
