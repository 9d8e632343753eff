/** Of one shape of load. */
export interface Figures {
  /** CPU time of a delivery, that of bare node:http being 1. */
  readonly cpuToBare: number;
  /** kB on V8's heap of a delivery. */
  readonly kbAllocated: number;
}

/** By the shape's name. */
export type GuardReport = Readonly<Record<string, Figures>>;

/** A line for each figure that is more than its margin allows, or missing. */
export function findRegressions(measured: GuardReport, stored: GuardReport, margins: Figures): string[] {
  const names = Object.keys(margins) as (keyof Figures)[];
  return Object.entries(stored).flatMap(([shape, figures]) =>
    names.flatMap((name) => {
      const limit = figures[name] * margins[name];
      const value = measured[shape]?.[name] ?? Number.NaN;
      return value <= limit
        ? []
        : [`${shape}: ${name} is ${value}, more than ${margins[name]} times ${figures[name]}`];
    }),
  );
}
