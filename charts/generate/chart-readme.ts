import { valuesTable } from './values-table.ts';

const begin = '<!-- values: made from values.yaml by `npm run chart:generate` -->';
const end = '<!-- end of values -->';

/** The chart's README with its table of values brought up to date. */
export function chartReadme(readme: string, valuesYaml: string): string {
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) {
    throw new Error(`the chart's README lacks the lines "${begin}" and "${end}"`);
  }
  return `${readme.slice(0, from)}${begin}\n${valuesTable(valuesYaml)}\n${readme.slice(to)}`;
}
