import { colorValues } from '../../../charts/generate/dashboards/colors.ts';
import type { PanelSpec, State } from '../../../charts/generate/dashboards/panel-spec.ts';
import type { Line } from './draw-panel.ts';
import { box, timeAxis } from './time-axis.ts';

/** Room for the names of the bands. */
const left = 150;

/** One band a line, coloured and named by its state. */
export function drawStates(lines: readonly Line[], { states = [] }: PanelSpec): string {
  const { x, clock } = timeAxis(lines, left);
  const height = Math.min(36, (box.height - box.top - box.bottom) / lines.length);
  const bands = lines.map(({ name, points }, index) => {
    const y = box.top + index * height;
    const runs = toRuns(points).map(({ from, to, value }) => drawRun(value, { from: x(from), to: x(to), y }));
    const label = `<text x="${left - 4}" y="${y + height / 2 + 3}" text-anchor="end">${name}</text>`;
    return runs.join('') + label;
  });
  return `<svg viewBox="0 0 ${box.width} ${box.height}">${bands.join('')}${clock}</svg>`;

  function drawRun(value: number, at: { from: number; to: number; y: number }): string {
    const state = states.find((each: State) => each.value === value);
    const width = at.to - at.from;
    const rect = `<rect x="${at.from}" y="${at.y + 2}" width="${width}" height="${height - 4}" fill="${colorValues[state?.color ?? 'blue']}" opacity="0.75"/>`;
    const text = `<text x="${at.from + width / 2}" y="${at.y + height / 2 + 3}" text-anchor="middle" style="fill:#111217">${state?.text ?? value}</text>`;
    return width > 50 ? rect + text : rect;
  }
}

interface Run {
  readonly value: number;
  readonly from: number;
  readonly to: number;
}

/** Neighbours of one value as one run, up to the next one. */
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
