import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chartDirectory } from '../support/chart-directory.ts';
import { chartReadme } from './chart-readme.ts';

/** Files of the chart that are made from others, with the content that they must have. */
export function generatedFiles(): Map<string, string> {
  const readme = join(chartDirectory, 'README.md');
  const valuesYaml = readFileSync(join(chartDirectory, 'values.yaml'), 'utf8');
  return new Map([[readme, chartReadme(readFileSync(readme, 'utf8'), valuesYaml)]]);
}
