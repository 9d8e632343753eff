/** Measured figures for one shape of load. */
export interface Figures {
  /** CPU time per delivery, divided by that of the reference service in Go in the same run. */
  readonly cpuToGo: number;
  /** Bytes allocated on V8's heap per delivery, in kB. */
  readonly kbAllocated: number;
}

/** Figures that were measured in one attempt. */
export interface MeasuredFigures extends Figures {
  /**
   * CPU time of the Go reference service in its most expensive round, divided by that in its cheapest round. The ratio
   * shows how steady the machine was.
   */
  readonly goSpread: number;
}

export interface Margins extends Figures {
  /** Margin that applies in place of `cpuToGo` if the machine was not steady. */
  readonly cpuToGoUnsteady: number;
  /** Highest `goSpread` at which the machine counts as steady. */
  readonly steadySpread: number;
}

/** Measured figures, by the name of the load shape. */
export type Report<F extends Figures> = Readonly<Record<string, F>>;

export interface Regression {
  /** Names of the load shape and of the figure. */
  readonly what: string;
  readonly line: string;
}

/** Finds figures that are missing or exceed their margin. */
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
 * Finds figures that exceeded their margin in every attempt. Other work on the machine varies between attempts, but a
 * higher cost of the code remains.
 */
export function inEveryAttempt(attempts: readonly (readonly Regression[])[]): Regression[] {
  const last = attempts.at(-1) ?? [];
  return last.filter(({ what }) => attempts.every((attempt) => attempt.some((other) => other.what === what)));
}
