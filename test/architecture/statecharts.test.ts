import { describe, expect, it } from 'vitest';
import { currentPage, statechartsPage } from './statecharts.ts';

describe('docs/guide/statecharts.md', () => {
  it('shows the machines as they are (else run: npm run docs:statecharts)', () => {
    expect(currentPage()).toBe(statechartsPage());
  });

  it('draws every machine with its states and transitions', () => {
    const page = statechartsPage();
    expect(page.match(/stateDiagram-v2/g)).toHaveLength(6);
    expect(page).toContain('component_failed_probing --> component_operational_ramp_warming: probe.good [isLastProbe]');
    expect(page).toContain('component_failed_isolated --> component_failed_probing: after cooldown');
  });
});
