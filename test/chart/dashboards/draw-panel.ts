import { colorValues } from '../../../charts/generate/dashboards/colors.ts';
import type { PanelSpec } from '../../../charts/generate/dashboards/panel-spec.ts';
import { drawLines } from './draw-lines.ts';
import { drawStates } from './draw-states.ts';
import { formatUnit } from './format-unit.ts';
import type { DrawnQuery } from './query-panels.ts';

export interface Line {
  readonly name: string;
  readonly color: string;
  readonly points: readonly (readonly [number, number])[];
}

/** Grafana's own order, for names that have no meaning of their own. */
const palette = ['#73bf69', '#fade2a', '#5794f2', '#ff9830', '#f2495c', '#b877d9', '#8ab8ff', '#c4162a'];

/** HTML of one panel: its value, its lines, or its states. */
export function drawPanel(panel: PanelSpec, queries: readonly DrawnQuery[]): string {
  const lines = toLines(panel, queries);
  if (panel.kind === 'stat') {
    const value = lines[0]?.points.at(-1)?.[1] ?? Number.NaN;
    const step = panel.thresholds?.findLast(({ from }) => from === null || value >= from);
    return `<div class="value" style="color:${colorValues[step?.color ?? 'blue']}">${formatUnit(value, panel.unit)}</div>`;
  }
  if (panel.kind === 'state-timeline') {
    return drawStates(lines, panel);
  }
  const legend = lines.map(({ name, color }) => `<span><i style="background:${color}"></i>${name}</span>`);
  return `${drawLines(lines, panel)}<div class="legend">${legend.join('')}</div>`;
}

function toLines({ colors = {} }: PanelSpec, queries: readonly DrawnQuery[]): Line[] {
  const named = queries.flatMap(({ legend, series }) =>
    series.map(({ metric, values }) => ({
      name: legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ''),
      points: values.map(([time, value]) => [time, Number(value)] as const),
    })),
  );
  return named.map((line, index) => {
    const color = colors[line.name];
    return {
      ...line,
      color: color === undefined ? (palette[index % palette.length] ?? '') : colorValues[color],
    };
  });
}
