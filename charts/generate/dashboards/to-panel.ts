import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  StackingConfigBuilder,
  StackingMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  MappingType,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { PanelSpec } from './panel-spec.ts';
import { datasource, selector } from './variables.ts';

type AnyPanelBuilder = StatBuilder | StateTimelineBuilder | TimeseriesBuilder;

/**
 * Builds a panel of a dashboard.
 *
 * @param statSpan width of a stat in Grafana's 24 columns
 */
export function toPanel(spec: PanelSpec, statSpan: number): AnyPanelBuilder {
  const panel = createPanelBuilder(spec, statSpan);
  const { title, description, runbook, unit, thresholds, colors = {}, queries, kind } = spec;
  panel
    .title(title)
    .description(runbook === undefined ? description : `${description}\n\nRunbook: docs/runbooks/${runbook}`)
    .unit(unit)
    .datasource(datasource);
  const steps = thresholds ?? (kind === 'stat' ? [{ from: null, color: 'blue' }] : undefined);
  if (steps !== undefined) {
    panel.thresholds(
      new ThresholdsConfigBuilder()
        .mode(ThresholdsMode.Absolute)
        .steps(steps.map(({ from, color }) => ({ value: from, color }))),
    );
  }
  for (const [name, fixedColor] of Object.entries(colors)) {
    panel.overrideByName(name, [{ id: 'color', value: { mode: 'fixed', fixedColor } }]);
  }
  for (const [index, { legend, expr }] of queries.entries()) {
    const query = new DataqueryBuilder()
      .refId(String.fromCharCode(65 + index))
      .datasource(datasource)
      .expr(expr.replaceAll('SELECTOR', selector))
      .legendFormat(legend);
    panel.withTarget(kind === 'stat' ? query.instant() : query.range());
  }
  return panel;
}

function createPanelBuilder(spec: PanelSpec, statSpan: number): AnyPanelBuilder {
  if (spec.kind === 'stat') {
    return new StatBuilder().height(4).span(statSpan);
  }
  return spec.kind === 'timeseries' ? toTimeseries(spec) : toStateTimeline(spec);
}

function toTimeseries({ max, stacked, thresholds }: PanelSpec): TimeseriesBuilder {
  const panel = new TimeseriesBuilder()
    .height(8)
    .span(8)
    .min(0)
    .lineWidth(1)
    .fillOpacity(10)
    .legend(new VizLegendOptionsBuilder().showLegend(true));
  if (max !== undefined) {
    panel.max(max);
  }
  if (stacked === true) {
    panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal)).lineWidth(0).fillOpacity(60);
  }
  if (thresholds !== undefined) {
    panel.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  }
  return panel;
}

function toStateTimeline({ states = [] }: PanelSpec): StateTimelineBuilder {
  const options = Object.fromEntries(
    states.map(({ value, text, color }, index) => [String(value), { text, color, index }]),
  );
  return new StateTimelineBuilder()
    .height(8)
    .span(8)
    .mergeValues(true)
    .showValue(VisibilityMode.Auto)
    .mappings([{ type: MappingType.ValueToText, options }]);
}
