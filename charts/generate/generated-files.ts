import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chartDirectory } from './chart-directory.ts';
import { chartReadme } from './chart-readme.ts';
import { filterDashboard } from './dashboards/filter-dashboard.ts';
import { receiverDashboard } from './dashboards/receiver-dashboard.ts';
import { toDashboard } from './dashboards/to-dashboard.ts';

/** Files of the chart that are made from others, with the content that they must have. */
export function generatedFiles(): Map<string, string> {
  const readme = join(chartDirectory, 'README.md');
  const valuesYaml = readFileSync(join(chartDirectory, 'values.yaml'), 'utf8');
  const files = new Map([[readme, chartReadme(readFileSync(readme, 'utf8'), valuesYaml)]]);
  for (const spec of [receiverDashboard, filterDashboard]) {
    const json = JSON.stringify(toDashboard(spec), undefined, 2);
    files.set(join(chartDirectory, 'dashboards', `${spec.uid}.json`), `${json}\n`);
  }
  return files;
}
