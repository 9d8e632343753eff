import {
  ConstantVariableBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';

// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana replaces the variable
export const datasource = { type: 'prometheus', uid: '${datasource}' };

/** Label matchers for the selected variable values. The matchers replace `SELECTOR` in a query. */
export const selector = 'cluster=~"$cluster",namespace=~"$namespace",job=~"$job",instance=~"$instance"';

export const datasourceVariable = new DatasourceVariableBuilder('datasource')
  .label('Data source')
  .type('prometheus');

/** Objective of the error budget. The chart replaces it with `prometheusRule.objective`. */
export const objectiveVariable = new ConstantVariableBuilder('objective').value('0.999');

/** Creates a variable for each label. Each variable offers only values that match the preceding variables. */
export function createLabelVariables(presenceMetric: string): QueryVariableBuilder[] {
  const labels = [
    // Some Prometheus servers do not set the first two labels. The matcher `.*` also matches series without these
    // labels.
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
