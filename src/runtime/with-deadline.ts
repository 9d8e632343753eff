/**
 * The promise's own outcome, or this error after the time. A late outcome is dropped: whoever needs to end what is under way
 * does so himself.
 */
export function withDeadline<T>(promise: Promise<T>, timeoutMs: number, toError: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(toError()), timeoutMs);
    void promise.then(resolve, reject).then(() => clearTimeout(timer));
  });
}
