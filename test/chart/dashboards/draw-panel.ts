import type { PanelSpec } from '../generate/dashboards/panel-spec.ts';
import { formatUnit } from './format-unit.ts';
import type { DrawnQuery } from './query-panels.ts';

interface Line {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
}

const stepColors = { green: '#73bf69', orange: '#ff9830', red: '#f2495c', blue: '#5794f2' };
const colors = ['#73bf69', '#f2cc0c', '#5794f2', '#ff9830', '#f2495c', '#b877d9', '#8ab8ff', '#c4162a'];
const box = { width: 480, height: 170, left: 72, right: 6, top: 6, bottom: 18 };

/** HTML of one panel: its last value, or its lines. */
export function drawPanel(panel: PanelSpec, queries: readonly DrawnQuery[]): string {
  const lines = queries.flatMap(toLines);
  if (panel.kind === 'stat') {
    const value = lines[0]?.points.at(-1)?.[1] ?? Number.NaN;
    const step = panel.thresholds?.findLast(({ from }) => from === null || value >= from);
    return `<div class="value" style="color:${stepColors[step?.color ?? 'green']}">${formatUnit(value, panel.unit)}</div>`;
  }
  const legend = lines.map(
    ({ name }, index) => `<span><i style="background:${colorOf(index)}"></i>${name}</span>`,
  );
  return `${drawLines(lines, panel)}<div class="legend">${legend.join('')}</div>`;
}

function drawLines(lines: readonly Line[], { unit, max }: PanelSpec): string {
  const all = lines.flatMap((line) => line.points).filter(([, value]) => !Number.isNaN(value));
  const times = all.map(([time]) => time);
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const top = max ?? (Math.max(...all.map(([, value]) => value)) || 1) * 1.1;
  const x = (time: number) =>
    box.left + ((time - from) / (to - from || 1)) * (box.width - box.left - box.right);
  const y = (value: number) => box.top + (1 - value / top) * (box.height - box.top - box.bottom);
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = y(top * share);
    const label = `<text x="${box.left - 4}" y="${at + 3}" text-anchor="end">${formatUnit(top * share, unit)}</text>`;
    return `<line x1="${box.left}" x2="${box.width - box.right}" y1="${at}" y2="${at}" stroke="#2a2d33"/>${label}`;
  });
  const clock = [from, (from + to) / 2, to].map((time, index) => {
    const text = new Date(time * 1000).toISOString().slice(11, 19);
    const anchor = ['start', 'middle', 'end'][index];
    return `<text x="${x(time)}" y="${box.height - 4}" text-anchor="${anchor}">${text}</text>`;
  });
  const paths = lines.flatMap(({ points }, index) =>
    toUnbroken(points).map((piece) => {
      const d = piece.map(([time, value]) => `${x(time).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
      return `<polyline points="${d}" fill="none" stroke="${colorOf(index)}" stroke-width="1.3"/>`;
    }),
  );
  return `<svg viewBox="0 0 ${box.width} ${box.height}">${grid.join('')}${clock.join('')}${paths.join('')}</svg>`;
}

function toLines({ legend, series }: DrawnQuery): Line[] {
  return series.map(({ metric, values }) => ({
    name: legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ''),
    points: values.map(([time, value]) => [time, Number(value)] as const),
  }));
}

function colorOf(index: number): string {
  return colors[index % colors.length] ?? '';
}

/** Where there is no value there is no line. */
function toUnbroken(points: Line['points']): Line['points'][] {
  const pieces: (readonly [number, number])[][] = [[]];
  for (const point of points) {
    if (Number.isNaN(point[1])) {
      pieces.push([]);
    } else {
      pieces.at(-1)?.push(point);
    }
  }
  return pieces.filter((piece) => piece.length > 0);
}
