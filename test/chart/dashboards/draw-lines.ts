import { colorValues } from '../../../charts/generate/dashboards/colors.ts';
import type { PanelSpec } from '../../../charts/generate/dashboards/panel-spec.ts';
import type { Line } from './draw-panel.ts';
import { formatUnit } from './format-unit.ts';
import { box, timeAxis } from './time-axis.ts';

/** Lines over time, stacked where the panel is; limits that are in reach as dashed lines. */
export function drawLines(
  given: readonly Line[],
  { unit, max, stacked, thresholds = [] }: PanelSpec,
): string {
  const lines = stacked === true ? stack(given) : given;
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value)).filter(Number.isFinite);
  const top = max ?? (Math.max(...values, 0) || 1) * 1.1;
  const { x, clock } = timeAxis(lines);
  const y = (value: number) => box.top + (1 - value / top) * (box.height - box.top - box.bottom);
  const across = (at: number, style: string) =>
    `<line x1="${box.left}" x2="${box.width - box.right}" y1="${at}" y2="${at}" ${style}/>`;
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = y(top * share);
    const label = `<text x="${box.left - 4}" y="${at + 3}" text-anchor="end">${formatUnit(top * share, unit)}</text>`;
    return across(at, 'stroke="#2a2d33"') + label;
  });
  const limits = thresholds
    .filter(({ from }) => from !== null && from <= top)
    .map(({ from, color }) => across(y(from ?? 0), `stroke="${colorValues[color]}" stroke-dasharray="6 4"`));
  const areas = lines.map(({ points, color }, index) => {
    const below = index === 0 ? points.map(([time]) => [time, 0] as const) : (lines[index - 1]?.points ?? []);
    const d = [...points, ...below.toReversed()].map(
      ([time, value]) => `${x(time).toFixed(1)},${y(value).toFixed(1)}`,
    );
    return `<polygon points="${d.join(' ')}" fill="${color}" opacity="0.6"/>`;
  });
  const paths = lines.flatMap(({ points, color }) =>
    toUnbroken(points).map((piece) => {
      const d = piece.map(([time, value]) => `${x(time).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
      return `<polyline points="${d}" fill="none" stroke="${color}" stroke-width="1.3"/>`;
    }),
  );
  return `<svg viewBox="0 0 ${box.width} ${box.height}">${grid.join('')}${limits.join('')}${clock}${(stacked === true ? areas : paths).join('')}</svg>`;
}

/** Each line upon those before it, at every time that any line has; where one has no value it adds nothing. */
function stack(lines: readonly Line[]): Line[] {
  const times = [...new Set(lines.flatMap(({ points }) => points.map(([time]) => time)))].toSorted(
    (a, b) => a - b,
  );
  const below = new Map<number, number>();
  return lines.map((line) => {
    const values = new Map(line.points);
    const points = times.map((time) => {
      const sum = (below.get(time) ?? 0) + (values.get(time) || 0);
      below.set(time, sum);
      return [time, sum] as const;
    });
    return { ...line, points };
  });
}

/** Where there is no value there is no line: neither for a NaN nor for a time that was left out. */
function toUnbroken(points: Line['points']): Line['points'][] {
  const step = Math.min(...points.slice(1).map(([time], index) => time - (points[index]?.[0] ?? 0)));
  const pieces: (readonly [number, number])[][] = [[]];
  let before: number | undefined;
  for (const point of points) {
    const [time, value] = point;
    if (Number.isNaN(value)) {
      pieces.push([]);
      continue;
    }
    if (before !== undefined && time - before > step * 1.5) {
      pieces.push([]);
    }
    before = time;
    pieces.at(-1)?.push(point);
  }
  return pieces.filter((piece) => piece.length > 0);
}
