/** What a judge says against the code as it stands. */
export interface Failure {
  readonly what: string;
  /** Asks once more just for that. */
  readonly again: () => Promise<Failure | undefined>;
}

const attempts = 3;

/**
 * A failure is the change's when the unchanged code passes right after it, and the change then fails again. Otherwise it was time
 * that was short: beside other work code that is well runs into limits, too.
 * @param apply makes the change, and returns what takes it back
 * @returns `undefined`: the change passes
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
