import { colorValues } from '../../../../charts/generate/dashboards/colors.ts';
import type { PanelSpec } from '../../../../charts/generate/dashboards/panel-spec.ts';
import { formatUnit } from './format-unit.ts';

export interface Line {
  readonly name: string;
  readonly color: string;
  /** Points of a line, oldest first. Each is a time in epoch seconds and a value. */
  readonly points: readonly (readonly [number, number])[];
}

const height = 190;
const margin = { left: 84, right: 8, top: 8, bottom: 22 };
/** Width of the column for the names in a state timeline. */
const nameWidth = 150;
/** Possible intervals between two labels on the time axis, in seconds. */
const timeSteps = [10, 30, 60, 120, 300, 600, 900, 1800, 3600];

/**
 * Draws a time series as SVG. A stacked panel is drawn as areas. A limit is drawn as a dashed line if it is within the
 * visible range.
 */
export function drawLines(
  given: readonly Line[],
  { unit, max, stacked, thresholds = [] }: PanelSpec,
  width: number,
): string {
  const lines = stacked === true ? stack(given) : given;
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value)).filter(Number.isFinite);
  const highest = max ?? Math.max(...values, 0);
  const step = niceStep(highest === 0 ? 1 : highest, unit);
  const top = max ?? Math.ceil((highest === 0 ? 1 : highest * 1.02) / step) * step;
  const { x, axis } = timeAxis(lines, margin.left, width);
  const y = (value: number) => margin.top + (1 - value / top) * (height - margin.top - margin.bottom);
  const across = (value: number, style: string) =>
    `<line x1="${margin.left}" x2="${width - margin.right}" y1="${y(value)}" y2="${y(value)}" ${style}/>`;
  const grid = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => {
    const value = index * step;
    const label = `<text x="${margin.left - 8}" y="${y(value) + 4}" text-anchor="end">${formatUnit(value, unit)}</text>`;
    return across(value, 'stroke="#2a2d33"') + label;
  });
  const limits = thresholds.map(({ from, color }) =>
    from === null || from > top ? '' : across(from, `stroke="${colorValues[color]}" stroke-dasharray="6 4"`),
  );
  const toText = (points: Line['points']) =>
    points.map(([time, value]) => `${x(time).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
  const areas = lines.map(({ points, color }, index) => {
    const below = lines[index - 1]?.points ?? points.map(([time]) => [time, 0] as const);
    return `<polygon points="${toText([...points, ...below.toReversed()])}" fill="${color}" opacity="0.65"/>`;
  });
  const paths = lines.flatMap(({ points, color }) =>
    splitAtGaps(points).map(
      (piece) => `<polyline points="${toText(piece)}" fill="none" stroke="${color}" stroke-width="1.5"/>`,
    ),
  );
  const shapes = (stacked === true ? areas : paths).join('');
  return `<svg width="${width}" height="${height}">${grid.join('')}${axis}${shapes}${limits.join('')}</svg>`;
}

/** Draws a state timeline as SVG, with one band for each line, and with the color and name of each state. */
export function drawStates(lines: readonly Line[], { states = [] }: PanelSpec, width: number): string {
  const { x, axis } = timeAxis(lines, nameWidth, width);
  const band = Math.min(40, (height - margin.top - margin.bottom) / Math.max(lines.length, 1));
  const bands = lines.map(({ name, points }, index) => {
    const y = margin.top + index * band;
    const label = `<text x="${nameWidth - 8}" y="${y + band / 2 + 4}" text-anchor="end">${name}</text>`;
    const runs = toRuns(points).map(({ from, to, value }) => {
      const { color = 'blue', text = String(value) } = states.find((state) => state.value === value) ?? {};
      const [left, right] = [x(from), x(to)];
      const rect = `<rect x="${left}" y="${y + 3}" width="${Math.max(1, right - left)}" height="${band - 6}" rx="2" fill="${colorValues[color]}" opacity="0.8"/>`;
      const caption = `<text x="${(left + right) / 2}" y="${y + band / 2 + 4}" text-anchor="middle" style="fill:#111217">${text}</text>`;
      return right - left > 50 ? rect + caption : rect;
    });
    return label + runs.join('');
  });
  return `<svg width="${width}" height="${height}">${axis}${bands.join('')}</svg>`;
}

/** Returns a function that maps times to positions, and the labels of the time axis at full minutes or seconds. */
function timeAxis(lines: readonly Line[], left: number, width: number) {
  const times = lines.flatMap(({ points }) => points.map(([time]) => time));
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const x = (time: number) => left + ((time - from) / (to - from || 1)) * (width - left - margin.right);
  const room = Math.max(2, Math.floor((width - left) / 75));
  const step = timeSteps.find((each) => (to - from) / each <= room) ?? 7200;
  const labels: string[] = [];
  for (let time = Math.ceil(from / step) * step; time <= to && times.length > 0; time += step) {
    const at = x(time);
    const text = new Date(time * 1000).toISOString().slice(11, step < 60 ? 19 : 16);
    const anchor = at > width - 24 ? 'end' : 'middle';
    labels.push(`<text x="${at.toFixed(1)}" y="${height - 4}" text-anchor="${anchor}">${text}</text>`);
  }
  return { x, axis: labels.join('') };
}

/**
 * Returns the interval between two labels on the value axis: 1, 2 or 5 times a power of ten, or a power of two for
 * bytes.
 */
function niceStep(highest: number, unit: string): number {
  if (unit === 'percentunit') {
    return 0.25 * (highest > 1 ? Math.ceil(highest) : 1);
  }
  const rough = highest / 4;
  const base = unit === 'bytes' ? 2 ** Math.floor(Math.log2(rough)) : 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * base).find((step) => step >= rough) ?? base;
}

/** Adds to each line the values of all preceding lines. If a line has no value at some time, its value counts as 0. */
function stack(lines: readonly Line[]): Line[] {
  const all = new Set(lines.flatMap(({ points }) => points.map(([time]) => time)));
  const times = [...all].toSorted((a, b) => a - b);
  const sums = new Map<number, number>();
  return lines.map((line) => {
    const values = new Map(line.points);
    const points = times.map((time) => {
      const sum = (sums.get(time) ?? 0) + (values.get(time) || 0);
      sums.set(time, sum);
      return [time, sum] as const;
    });
    return { ...line, points };
  });
}

/** Splits a line where a value is NaN or missing. */
function splitAtGaps(points: Line['points']): Line['points'][] {
  const step = Math.min(...points.slice(1).map(([time], index) => time - (points[index]?.[0] ?? 0)));
  const pieces: (readonly [number, number])[][] = [[]];
  let last: number | undefined;
  for (const point of points) {
    const [time, value] = point;
    if (Number.isNaN(value) || (last !== undefined && time - last > step * 1.5)) {
      pieces.push([]);
    }
    if (!Number.isNaN(value)) {
      pieces.at(-1)?.push(point);
      last = time;
    }
  }
  return pieces.filter((piece) => piece.length > 0);
}

interface Run {
  readonly value: number;
  readonly from: number;
  readonly to: number;
}

/** Merges successive points with the same value. Each merged period lasts until the next one begins. */
function toRuns(points: Line['points']): Run[] {
  const runs: Run[] = [];
  for (const [index, [time, value]] of points.entries()) {
    const to = points[index + 1]?.[0] ?? time;
    const last = runs.at(-1);
    if (last?.value === value) {
      runs[runs.length - 1] = { ...last, to };
    } else {
      runs.push({ value, from: time, to });
    }
  }
  return runs;
}
