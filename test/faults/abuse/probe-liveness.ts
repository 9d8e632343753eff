export interface ProbeFigures {
  readonly answered: number;
  readonly failed: number;
  readonly slowestMs: number;
}

const everyMs = 500;
/** As the chart's probes. */
const patienceMs = 5_000;

/** Asks a management port for its liveness as the kubelet does: each time on a connection of its own. */
export function probeLiveness(port: number): () => Promise<ProbeFigures> {
  const figures = { answered: 0, failed: 0, slowestMs: 0 };
  const underWay = new Set<Promise<void>>();

  async function probe(): Promise<void> {
    const began = performance.now();
    try {
      const { ok } = await fetch(`http://127.0.0.1:${port}/livez`, {
        ...{ headers: { connection: 'close' }, signal: AbortSignal.timeout(patienceMs) },
      });
      figures[ok ? 'answered' : 'failed'] += 1;
    } catch {
      figures.failed += 1;
    }
    figures.slowestMs = Math.max(figures.slowestMs, performance.now() - began);
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
