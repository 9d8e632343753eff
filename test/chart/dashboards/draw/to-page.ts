import { type Color, colorValues } from '../../../../charts/generate/dashboards/colors.ts';
import type { DashboardSpec, PanelSpec } from '../../../../charts/generate/dashboards/panel-spec.ts';
import type { DrawnQuery } from '../query-panels.ts';
import { drawLines, drawStates, type Line } from './draw-panel.ts';
import { formatUnit } from './format-unit.ts';

export interface PageOptions {
  /** Width in CSS pixels. */
  readonly width: number;
  /** Number of graphs in one row. */
  readonly perRow: number;
  /** Number of stat panels in one row. By default, all stats of a row are side by side. */
  readonly statsPerRow?: number;
}

/** Colors for series without a fixed color, in Grafana's order. */
const palette: readonly Color[] = [
  'green',
  'yellow',
  'blue',
  'orange',
  'purple',
  'light-blue',
  'light-green',
  'red',
];
/** If there are more series than this, the legend omits those that are always 0. */
const fullLegend = 5;

/** Builds an HTML page that resembles the dashboard in Grafana's dark theme. */
export function toPage(
  { title, rows }: DashboardSpec,
  queries: readonly DrawnQuery[],
  { width, perRow, statsPerRow }: PageOptions,
): string {
  const sections = rows.map((row) => {
    const stats = row.panels.filter(({ kind }) => kind === 'stat').length;
    const boxes = row.panels.map((panel) => {
      const columns = panel.kind === 'stat' ? (statsPerRow ?? stats) : perRow;
      const own = queries.filter((query) => query.title === panel.title);
      const boxWidth = (width - 32 - (columns - 1) * 8) / columns;
      return `<article style="width:${boxWidth.toFixed(2)}px"><h3>${escapeHtml(panel.title)}</h3>${drawBody(panel, own, boxWidth - 26)}</article>`;
    });
    const heading = row.title === '' ? '' : `<h2>${escapeHtml(row.title)}</h2>`;
    return `${heading}<section>${boxes.join('')}</section>`;
  });
  return `<!doctype html><meta charset="utf-8"><style>${style}</style><h1>${escapeHtml(title)}</h1>${sections.join('')}`;
}

function drawBody(panel: PanelSpec, queries: readonly DrawnQuery[], width: number): string {
  const lines = toLines(panel, queries);
  if (panel.kind === 'stat') {
    const value = lines[0]?.points.at(-1)?.[1] ?? Number.NaN;
    const step = panel.thresholds?.findLast(({ from }) => from === null || value >= from);
    const color = colorValues[step?.color ?? 'blue'];
    return `<div class="value" style="color:${color}">${formatUnit(value, panel.unit)}</div>`;
  }
  if (panel.kind === 'state-timeline') {
    return drawStates(lines, panel, width);
  }
  const shown = lines.length > fullLegend ? lines.filter(hasValue) : lines;
  const legend = shown.map(
    ({ name, color }) => `<span><i style="background:${color}"></i>${escapeHtml(name)}</span>`,
  );
  return `${drawLines(lines, panel, width)}<div class="legend">${legend.join('')}</div>`;
}

function toLines({ colors = {} }: PanelSpec, queries: readonly DrawnQuery[]): Line[] {
  const named = queries.flatMap(({ legend, series }) =>
    series.map(({ metric, values }) => ({
      name: legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ''),
      points: values.map(([time, value]) => [time, Number(value)] as const),
    })),
  );
  return named.map((line, index) => {
    const color = colors[line.name] ?? palette[index % palette.length] ?? 'green';
    return { ...line, color: colorValues[color] };
  });
}

function hasValue({ points }: Line): boolean {
  return points.some(([, value]) => value > 0);
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

const style = `
  body { margin: 16px; background: #111217; color: #d8d9e3; font: 13px Inter, 'DejaVu Sans', sans-serif; }
  h1 { font-size: 19px; font-weight: 600; margin: 0 0 14px; }
  h2 { font-size: 15px; font-weight: 600; margin: 18px 0 8px; }
  h3 { font-size: 13px; font-weight: 500; margin: 0 0 8px; white-space: nowrap; }
  section { display: flex; flex-wrap: wrap; gap: 8px; margin-bottom: 8px; }
  article { box-sizing: border-box; background: #181b1f; border: 1px solid #2a2d33; border-radius: 4px; padding: 10px 12px; }
  .value { font-size: 34px; font-weight: 600; text-align: center; padding: 6px 0 10px; white-space: nowrap; }
  svg { display: block; } text { fill: #9fa1a8; font-size: 11px; }
  .legend { display: flex; flex-wrap: wrap; gap: 2px 14px; margin-top: 6px; font-size: 12px; }
  .legend i { display: inline-block; width: 14px; height: 4px; border-radius: 2px; margin: 0 6px 2px 0; }
`;
