import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { DashboardSpec } from './panel-spec.ts';
import { toPanel } from './to-panel.ts';
import {
  createLabelVariables,
  datasource,
  datasourceVariable,
  objectiveVariable,
  selector,
} from './variables.ts';

const tag = 'comapi-webhook';

/** Builds a dashboard in Grafana's classic JSON model. */
export function toDashboard(spec: DashboardSpec): Dashboard {
  const builder = new DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.description)
    .tags([tag])
    .time({ from: 'now-3h', to: 'now' })
    .refresh('30s')
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .readonly()
    .withVariable(datasourceVariable)
    .annotation(createStartAnnotation())
    .annotation(createVersionAnnotation())
    .link(
      new DashboardLinkBuilder('Comapi webhooks')
        .type(DashboardLinkType.Dashboards)
        .tags([tag])
        .asDropdown(true)
        .keepTime(true),
    );
  for (const variable of createLabelVariables(spec.presenceMetric)) {
    builder.withVariable(variable);
  }
  builder.withVariable(objectiveVariable);
  for (const row of spec.rows) {
    builder.withRow(new RowBuilder(row.title));
    const stats = row.panels.filter(({ kind }) => kind === 'stat').length;
    for (const panel of row.panels) {
      builder.withPanel(toPanel(panel, Math.floor(24 / Math.max(stats, 1))));
    }
  }
  return builder.build();
}

/** Marks the start time of each process. */
function createStartAnnotation(): AnnotationQueryBuilder {
  return createAnnotation(
    'Starts',
    'blue',
    `max by (instance) (process_start_time_seconds{${selector}}) * 1000`,
  )
    .titleFormat('{{instance}} started')
    .useValueForTime(true);
}

/** Marks versions that appeared within the last five minutes. */
function createVersionAnnotation(): AnnotationQueryBuilder {
  const versionQuery = `group by (version) (comapi_webhook_build_info{${selector}}`;
  return createAnnotation(
    'Versions',
    'purple',
    `${versionQuery}) unless ${versionQuery} offset 5m)`,
  ).titleFormat('version {{version}}');
}

function createAnnotation(name: string, iconColor: string, expr: string): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(datasource)
    .enable(true)
    .iconColor(iconColor)
    .expr(expr)
    .step('60s');
}
