const everyMs = 500;
/** As the chart's probes. */
const patienceMs = 5_000;

/** Asks a management port for its liveness as the kubelet does: each time on a connection of its own. */
export function probeLiveness(port: number) {
  /** After so many failures in a row a kubelet ends the pod: three by default, six as the chart asks. */
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
