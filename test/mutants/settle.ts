/** A failure of a check on the mutated code. */
export interface Failure {
  readonly what: string;
  /** Repeats only the check that failed. */
  readonly again: () => Promise<Failure | undefined>;
}

const attempts = 3;

/**
 * Decides whether a mutant caused a failure. Directly afterwards, the check must pass on the unchanged code and fail
 * again on the mutant. Otherwise, the load of the machine may have caused a timeout.
 *
 * @param apply applies the mutant, and returns a function that reverts it
 * @returns `undefined` if the mutant passes
 */
export async function settle<T extends Failure>(
  apply: () => () => void,
  judge: () => Promise<T | undefined>,
): Promise<{ readonly failure: T; readonly isSettled: boolean } | undefined> {
  const withChange = async <R>(ask: () => Promise<R>): Promise<R> => {
    const takeBack = apply();
    try {
      return await ask();
    } finally {
      takeBack();
    }
  };
  for (let attempt = 1; ; attempt += 1) {
    const failure = await withChange(judge);
    if (failure === undefined) {
      return undefined;
    }
    const isPassed = (await failure.again()) === undefined;
    const isSettled = isPassed && (await withChange(failure.again)) !== undefined;
    if (isSettled || attempt === attempts) {
      return { failure, isSettled };
    }
  }
}
