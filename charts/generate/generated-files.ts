import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readAlertDefaults } from './alert-defaults.ts';
import { chartDirectory } from './chart-directory.ts';
import { filterDashboard } from './dashboards/filter-dashboard.ts';
import { receiverDashboard } from './dashboards/receiver-dashboard.ts';
import { toDashboard } from './dashboards/to-dashboard.ts';
import { valuesSchema } from './values-schema.ts';

/** Generates the chart's schema and dashboards. Returns the content of each file by its path. */
export function generatedFiles(): Map<string, string> {
  const valuesYaml = readFileSync(join(chartDirectory, 'values.yaml'), 'utf8');
  const shapesYaml = readFileSync(new URL('values-shapes.yaml', import.meta.url), 'utf8');
  const schema = toJson(valuesSchema({ valuesYaml, shapesYaml, alerts: readAlertDefaults() }));
  const files = new Map([[join(chartDirectory, 'values.schema.json'), schema]]);
  for (const spec of [receiverDashboard, filterDashboard]) {
    files.set(join(chartDirectory, 'dashboards', `${spec.uid}.json`), toJson(toDashboard(spec)));
  }
  return files;
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
