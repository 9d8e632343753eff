export interface Repetition {
  readonly isStopped: boolean;
  stop(): void;
}

/** Runs `work` now, and again so long after each end, until it is stopped. `work` never rejects. */
export function repeat(work: () => Promise<void>, intervalMs: number): Repetition {
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;

  async function run(): Promise<void> {
    await work();
    if (!isStopped) {
      timer = setTimeout(() => void run(), intervalMs);
    }
  }

  void run();
  return {
    get isStopped() {
      return isStopped;
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
