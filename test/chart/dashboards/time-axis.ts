import type { Line } from './draw-panel.ts';

export const box = { width: 480, height: 170, left: 72, right: 6, top: 6, bottom: 18 };

export interface TimeAxis {
  /** SVG of the clock below the panel. */
  readonly clock: string;
  x(time: number): number;
}

/** The time of all lines, from the left to the right of the box. */
export function timeAxis(lines: readonly Line[], left = box.left): TimeAxis {
  const times = lines.flatMap(({ points }) => points.map(([time]) => time));
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const x = (time: number) => left + ((time - from) / (to - from || 1)) * (box.width - left - box.right);
  const clock = [from, (from + to) / 2, to].map((time, index) => {
    const text = new Date(time * 1000).toISOString().slice(11, 19);
    const anchor = ['start', 'middle', 'end'][index];
    return `<text x="${x(time)}" y="${box.height - 4}" text-anchor="${anchor}">${text}</text>`;
  });
  return { clock: clock.join(''), x };
}
