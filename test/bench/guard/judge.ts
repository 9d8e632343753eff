/** Of one shape of load. */
export interface Figures {
  /** CPU time of a delivery, that of bare node:http being 1. */
  readonly cpuToBare: number;
  /** kB on V8's heap of a delivery. */
  readonly kbAllocated: number;
}

/** Of one attempt. */
export interface MeasuredFigures extends Figures {
  /** The dearest round of bare node:http, the cheapest being 1: how much the machine itself came and went. */
  readonly bareSpread: number;
}

export interface Margins extends Figures {
  /** Instead of `cpuToBare`, when the machine was not steady. */
  readonly cpuToBareUnsteady: number;
  /** Up to which `bareSpread` the machine was steady. */
  readonly steadySpread: number;
}

/** By the shape's name. */
export type Report<F extends Figures> = Readonly<Record<string, F>>;

export interface Regression {
  /** Shape and figure. */
  readonly what: string;
  readonly line: string;
}

/** Each figure that is more than its margin allows, or missing. */
export function findRegressions(
  measured: Report<MeasuredFigures>,
  stored: Report<Figures>,
  margins: Margins,
): Regression[] {
  return Object.entries(stored).flatMap(([shape, figures]) => {
    const found = measured[shape];
    const isSteady = (found?.bareSpread ?? 1) <= margins.steadySpread;
    const allowed: Figures = {
      cpuToBare: isSteady ? margins.cpuToBare : margins.cpuToBareUnsteady,
      kbAllocated: margins.kbAllocated,
    };
    return (Object.keys(allowed) as (keyof Figures)[]).flatMap((name) => {
      const value = found?.[name] ?? Number.NaN;
      const what = `${shape}: ${name}`;
      return value <= figures[name] * allowed[name]
        ? []
        : [{ what, line: `${what} is ${value}, more than ${allowed[name]} times ${figures[name]}` }];
    });
  });
}

/** Those of the last attempt that every other attempt had too: other work on the machine comes and goes, a dearer delivery stays. */
export function inEveryAttempt(attempts: readonly (readonly Regression[])[]): Regression[] {
  const last = attempts.at(-1) ?? [];
  return last.filter(({ what }) => attempts.every((attempt) => attempt.some((other) => other.what === what)));
}
