import {
  ConstantVariableBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';

// biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Grafana
export const datasource = { type: 'prometheus', uid: '${datasource}' };

/** What the variables choose; stands for `SELECTOR` in a query. */
export const selector = 'cluster=~"$cluster",namespace=~"$namespace",job=~"$job",instance=~"$instance"';

export const datasourceVariable = new DatasourceVariableBuilder('datasource')
  .label('Data source')
  .type('prometheus');

/** The objective of the error budget; the chart sets `prometheusRule.objective`. */
export const objectiveVariable = new ConstantVariableBuilder('objective').value('0.999');

/** Each offers what is left by those before it. */
export function labelVariables(presenceMetric: string): QueryVariableBuilder[] {
  const labels = [
    // Not every Prometheus has the first two: All has to find what has no such label as well.
    { label: 'cluster', title: 'Cluster', all: '.*', of: presenceMetric },
    { label: 'namespace', title: 'Namespace', all: '.*', of: `${presenceMetric}{cluster=~"$cluster"}` },
    {
      label: 'job',
      title: 'Job',
      all: '.+',
      of: `${presenceMetric}{cluster=~"$cluster",namespace=~"$namespace"}`,
    },
    {
      label: 'instance',
      title: 'Instance',
      all: '.+',
      of: `${presenceMetric}{cluster=~"$cluster",namespace=~"$namespace",job=~"$job"}`,
    },
  ];
  return labels.map(({ label, title, all, of }) =>
    new QueryVariableBuilder(label)
      .label(title)
      .datasource(datasource)
      .query({ query: `label_values(${of}, ${label})`, refId: label })
      .definition(`label_values(${of}, ${label})`)
      .refresh(VariableRefresh.OnTimeRangeChanged)
      // oxlint-disable-next-line unicorn/no-array-sort -- a builder's own method
      .sort(VariableSort.AlphabeticalAsc)
      .multi(true)
      .includeAll(true)
      .allValue(all)
      .current({ text: 'All', value: '$__all' }),
  );
}
