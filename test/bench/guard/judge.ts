/** Measured figures for one shape of load. */
export interface Figures {
  /** CPU time per delivery, relative to the Go peer in the same run. */
  readonly cpuToGo: number;
  /** Allocation on V8's heap per delivery, in kB. */
  readonly kbAllocated: number;
}

/** Measured figures of one attempt. */
export interface MeasuredFigures extends Figures {
  /** Ratio of the most expensive round of the Go peer to the cheapest round. The ratio shows how steady the machine was. */
  readonly goSpread: number;
}

export interface Margins extends Figures {
  /** Margin that replaces `cpuToGo` if the machine was not steady. */
  readonly cpuToGoUnsteady: number;
  /** Highest `goSpread` at which a machine counts as steady. */
  readonly steadySpread: number;
}

/** Measured figures, by shape name. */
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
    const isSteady = (found?.goSpread ?? 1) <= margins.steadySpread;
    const allowed: Figures = {
      cpuToGo: isSteady ? margins.cpuToGo : margins.cpuToGoUnsteady,
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

/**
 * Figures that exceed their margin in all attempts. Other work on the machine varies, but a higher cost of the code
 * persists.
 */
export function inEveryAttempt(attempts: readonly (readonly Regression[])[]): Regression[] {
  const last = attempts.at(-1) ?? [];
  return last.filter(({ what }) => attempts.every((attempt) => attempt.some((other) => other.what === what)));
}
