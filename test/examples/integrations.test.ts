import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { run } from '../../docs/examples/integrations.ts';
import { root } from '../architecture/source-tree.ts';

describe('the example of the four managers', () => {
  it('shows what each of them hears and brings about', async () => {
    const lines: string[] = [];
    const { balancer, errors, performance } = await run((line) => lines.push(line));
    expect(lines).toContain('errors: wake somebody, COMPONENT_FAILED of quotes');
    expect(lines).toContainEqual(
      expect.stringMatching(/^health: quotes went from \w+ to Failed \(no answer to a ping\)/),
    );
    expect(lines).toContainEqual(expect.stringMatching(/^health: quotes went from Failed to \w+ \(recovered\)/));
    expect(lines).toContainEqual(expect.stringMatching(/^resources: scale up, \d+ % of capacity expected/));
    expect(lines).toContain('resources: orders may use 90 % of its cpu');
    expect(errors.byCode.get('COMPONENT_FAILED')).toBeGreaterThanOrEqual(1);
    expect(performance.p99s).toHaveLength(12);
    expect(balancer.getLoadBalancerDashboardData().requests.conservationError).toBe(0);
  });

  it('runs as a program', { timeout: 60_000 }, async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', 'docs/examples/integrations.ts'],
      { cwd: root },
    );
    expect(stdout).toContain('performance: 12 samples');
  });
});
