import { setTimeout as delay } from 'node:timers/promises';
import { KafkaAnswerError } from './kafka-answer-error.ts';

export interface RetryAnswersOptions {
  readonly signal: AbortSignal;
  /** What was believed of leaders and coordinators may be wrong. */
  readonly onReroute: () => void;
  /** No new attempt after this. */
  readonly timeoutMs: number;
}

const firstDelayMs = 2;
const lastDelayMs = 250;

/** Asks again for as long as the answer says that nothing was done yet. Anything else is the caller's to judge. */
export async function retryAnswers<T>(ask: () => Promise<T>, options: RetryAnswersOptions): Promise<T> {
  const { signal, onReroute, timeoutMs } = options;
  const end = performance.now() + timeoutMs;
  let delayMs = firstDelayMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const kind = error instanceof KafkaAnswerError ? error.kind : undefined;
      if ((kind !== 'wait' && kind !== 'reroute') || performance.now() > end || signal.aborted) {
        throw error;
      }
      if (kind === 'reroute') {
        onReroute();
        delayMs = Math.max(delayMs, 25);
      }
      await delay(delayMs, undefined, { signal });
      delayMs = Math.min(delayMs * 2, lastDelayMs);
    }
  }
}
