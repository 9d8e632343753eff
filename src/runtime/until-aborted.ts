/**
 * Yields the values of an iteration until the signal aborts. The iteration then ends immediately, even if the source
 * has not delivered the next value yet.
 */
export async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    while (!signal.aborted) {
      const nextResult = await waitUnlessAborted(iterator.next(), signal);
      if (nextResult === undefined || nextResult.done === true) {
        return;
      }
      yield nextResult.value;
    }
  } finally {
    const returnPromise = Promise.resolve(iterator.return?.()).catch(() => undefined);
    if (!signal.aborted) {
      await returnPromise;
    }
  }
}

/** @returns `undefined` if the signal is aborted first, in which case a later result is dropped */
async function waitUnlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
  const onAbort = () => resolve(undefined);
  signal.addEventListener('abort', onAbort);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
