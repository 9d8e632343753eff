import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { chartDirectory } from '../../../charts/generate/chart-directory.ts';
import { provideTool } from '../../support/tools/provide-tool.ts';

const documented = new URL('../../../docs/prometheus/prometheus.yaml', import.meta.url);
const directory = mkdtempSync(join(tmpdir(), 'plain-prometheus-'));
afterAll(() => rmSync(directory, { recursive: true }));

test('a plain Prometheus takes the documented configuration, with the rules beside it', async () => {
  const promtool = await provideTool('promtool');
  const config = join(directory, 'prometheus.yaml');
  // Debian's build of Prometheus lacks the service discovery for Kubernetes, so the test replaces it by static targets.
  const discovery = 'kubernetes_sd_configs: [{ role: pod }]';
  const text = readFileSync(documented, 'utf8');
  expect(text).toContain(discovery);
  writeFileSync(config, text.replace(discovery, 'static_configs: [{ targets: ["localhost:9090"] }]'));
  copyFileSync(join(chartDirectory, 'alerts', 'rules.yaml'), join(directory, 'rules.yaml'));
  const said = execFileSync(promtool, ['check', 'config', config], { encoding: 'utf8' });
  expect(said).toContain('SUCCESS: 1 rule files found');
});
