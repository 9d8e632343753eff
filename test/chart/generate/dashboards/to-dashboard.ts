import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  StackingConfigBuilder,
  StackingMode,
  VizLegendOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type Dashboard,
  DashboardBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { DashboardSpec, PanelSpec } from './panel-spec.ts';

// biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Grafana
const datasource = { type: 'prometheus', uid: '${datasource}' };
const selector = 'namespace=~"$namespace",job=~"$job",instance=~"$instance"';

/** Grafana's classic JSON model. */
export function toDashboard(spec: DashboardSpec): Dashboard {
  const builder = new DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.description)
    .tags(['comapi-webhook'])
    .time({ from: 'now-3h', to: 'now' })
    .refresh('30s')
    .timezone('browser')
    .editable()
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(labelVariable('namespace', 'Namespace', spec.presenceMetric))
    .withVariable(labelVariable('job', 'Job', `${spec.presenceMetric}{namespace=~"$namespace"}`))
    .withVariable(
      labelVariable('instance', 'Instance', `${spec.presenceMetric}{namespace=~"$namespace",job=~"$job"}`),
    );
  for (const row of spec.rows) {
    builder.withRow(new RowBuilder(row.title));
    const stats = row.panels.filter(({ kind }) => kind === 'stat').length;
    for (const panel of row.panels) {
      builder.withPanel(panel.kind === 'stat' ? toStat(panel, Math.floor(24 / stats)) : toTimeseries(panel));
    }
  }
  return builder.build();
}

function labelVariable(label: string, title: string, of: string): QueryVariableBuilder {
  return (
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
      .allValue('.*')
      .current({ text: 'All', value: '$__all' })
  );
}

function toStat(spec: PanelSpec, span: number): StatBuilder {
  const panel = new StatBuilder().height(4).span(span);
  decorate(panel, spec);
  return panel;
}

function toTimeseries(spec: PanelSpec): TimeseriesBuilder {
  const panel = new TimeseriesBuilder()
    .height(8)
    .span(8)
    .min(0)
    .lineWidth(1)
    .fillOpacity(10)
    .legend(new VizLegendOptionsBuilder().showLegend(true));
  decorate(panel, spec);
  if (spec.max !== undefined) {
    panel.max(spec.max);
  }
  if (spec.stacked === true) {
    panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
  }
  if (spec.thresholds !== undefined) {
    panel.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  }
  return panel;
}

function decorate(
  panel: StatBuilder | TimeseriesBuilder,
  { title, description, unit, thresholds, queries }: PanelSpec,
) {
  panel.title(title).description(description).unit(unit).datasource(datasource);
  if (thresholds !== undefined) {
    panel.thresholds(
      new ThresholdsConfigBuilder()
        .mode(ThresholdsMode.Absolute)
        .steps(thresholds.map(({ from, color }) => ({ value: from, color }))),
    );
  }
  for (const [index, { legend, expr }] of queries.entries()) {
    panel.withTarget(
      new DataqueryBuilder()
        .refId(String.fromCharCode(65 + index))
        .datasource(datasource)
        .expr(expr.replaceAll('SELECTOR', selector))
        .legendFormat(legend)
        .range(),
    );
  }
}
