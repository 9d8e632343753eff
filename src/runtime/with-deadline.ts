/**
 * Settles like the promise, or rejects with the given error after the timeout. The operation is not cancelled, and a
 * late result is dropped.
 */
export function withDeadline<T>(promise: Promise<T>, timeoutMs: number, toError: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(toError()), timeoutMs);
    void promise.then(resolve, reject).then(() => clearTimeout(timer));
  });
}
