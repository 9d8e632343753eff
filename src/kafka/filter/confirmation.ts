/** When the group's coordinator last said that this process is a member. */
export interface Confirmation {
  confirm(): void;
  /** Milliseconds since then; endless before the first time. */
  ageMs(): number;
  /** Resolves with the next one; rejects with the signal's reason when it aborts. */
  next(signal: AbortSignal): Promise<void>;
}

export function createConfirmation(): Confirmation {
  const waiters = new Set<() => void>();
  let confirmedAt = Number.NEGATIVE_INFINITY;
  return {
    confirm() {
      confirmedAt = performance.now();
      for (const wake of waiters) {
        wake();
      }
    },
    ageMs: () => performance.now() - confirmedAt,
    next(signal) {
      return new Promise((resolve, reject) => {
        const settle = (done: () => void) => () => {
          waiters.delete(wake);
          signal.removeEventListener('abort', abort);
          done();
        };
        const wake = settle(resolve);
        const abort = settle(() => reject(signal.reason as Error));
        waiters.add(wake);
        signal.addEventListener('abort', abort);
        if (signal.aborted) {
          abort();
        }
      });
    },
  };
}
