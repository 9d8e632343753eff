/** Figures of one shape of load. */
export interface Figures {
  /** CPU time of a delivery, relative to bare node:http. */
  readonly cpuToBare: number;
  /** Allocation on V8's heap for a delivery, in kB. */
  readonly kbAllocated: number;
}

/** Figures of one attempt. */
export interface MeasuredFigures extends Figures {
  /** Most expensive round of bare node:http relative to the cheapest. Shows how steady the machine was. */
  readonly bareSpread: number;
}

export interface Margins extends Figures {
  /** Margin instead of `cpuToBare` if the machine was not steady. */
  readonly cpuToBareUnsteady: number;
  /** Maximum `bareSpread` of a steady machine. */
  readonly steadySpread: number;
}

/** Figures by name of the shape. */
export type Report<F extends Figures> = Readonly<Record<string, F>>;

export interface Regression {
  /** Name of the shape and of the figure. */
  readonly what: string;
  readonly line: string;
}

/** Figures that exceed their margin or are missing. */
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

/** Excesses that all attempts have in common. Other work on the machine varies, but a higher cost remains. */
export function inEveryAttempt(attempts: readonly (readonly Regression[])[]): Regression[] {
  const last = attempts.at(-1) ?? [];
  return last.filter(({ what }) => attempts.every((attempt) => attempt.some((other) => other.what === what)));
}
