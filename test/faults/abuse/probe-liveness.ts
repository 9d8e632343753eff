const everyMs = 500;
/** Timeout of the probes in the Helm chart. */
const patienceMs = 5_000;

/** Probes the liveness of a management port as the kubelet does, over a new connection for each probe. */
export function probeLiveness(port: number) {
  /**
   * Highest number of consecutive failures. The kubelet restarts a pod after three of them by default, and after six
   * with the chart.
   */
  const figures = { answered: 0, failed: 0, failedInARow: 0, slowestMs: 0 };
  let inARow = 0;
  const underWay = new Set<Promise<void>>();

  async function probe(): Promise<void> {
    const began = performance.now();
    const isAnswered = await isAlive();
    figures[isAnswered ? 'answered' : 'failed'] += 1;
    inARow = isAnswered ? 0 : inARow + 1;
    figures.failedInARow = Math.max(figures.failedInARow, inARow);
    figures.slowestMs = Math.max(figures.slowestMs, performance.now() - began);
  }

  async function isAlive(): Promise<boolean> {
    try {
      const { ok } = await fetch(`http://127.0.0.1:${port}/livez`, {
        ...{ headers: { connection: 'close' }, signal: AbortSignal.timeout(patienceMs) },
      });
      return ok;
    } catch {
      return false;
    }
  }

  const timer = setInterval(() => {
    const running = probe().finally(() => underWay.delete(running));
    underWay.add(running);
  }, everyMs);
  return async () => {
    clearInterval(timer);
    await Promise.all(underWay);
    return figures;
  };
}
