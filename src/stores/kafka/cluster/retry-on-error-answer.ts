import { setTimeout as delay } from 'node:timers/promises';
import { KafkaAnswerError } from './errors/kafka-answer-error.ts';

export interface RetryOnErrorAnswerOptions {
  /** Aborts the wait between attempts. */
  readonly signal?: AbortSignal | undefined;
  /** Called when the cached leaders and coordinators may be out of date. */
  readonly onReroute: () => void;
  /** Called for each failed attempt after the first two seconds. */
  readonly onSlow?: (error: KafkaAnswerError) => void;
  /** Time in milliseconds after which no new attempt starts. */
  readonly timeoutMs: number;
}

const firstDelayMs = 2;
const lastDelayMs = 250;
const slowRetryWarningMs = 2_000;

/**
 * Retries while the broker reports that it has not processed the request (`wait` or `reroute`). Throws every other
 * error.
 */
export async function retryOnErrorAnswer<T>(
  ask: () => Promise<T>,
  options: RetryOnErrorAnswerOptions,
): Promise<T> {
  const { signal, onReroute, onSlow, timeoutMs } = options;
  const startedAt = performance.now();
  let delayMs = firstDelayMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const elapsedMs = performance.now() - startedAt;
      if (!isUnprocessedRequestError(error) || elapsedMs > timeoutMs || signal?.aborted === true) {
        throw error;
      }
      if (elapsedMs > slowRetryWarningMs) {
        onSlow?.(error);
      }
      if (error.kind === 'reroute') {
        onReroute();
        delayMs = Math.max(delayMs, 25);
      }
      await delay(delayMs, undefined, { signal });
      delayMs = Math.min(delayMs * 2, lastDelayMs);
    }
  }
}

function isUnprocessedRequestError(error: unknown): error is KafkaAnswerError {
  return error instanceof KafkaAnswerError && (error.kind === 'wait' || error.kind === 'reroute');
}

/** Returns the cached answer with that name. If there is none, calls `ask` and caches the answer unless `ask` rejects. */
export function getOrCacheAnswer<T>(
  answers: Map<string, Promise<T>>,
  name: string,
  ask: () => Promise<T>,
): Promise<T> {
  const cachedAnswer = answers.get(name);
  if (cachedAnswer !== undefined) {
    return cachedAnswer;
  }
  const pendingAnswer = ask();
  answers.set(name, pendingAnswer);
  pendingAnswer.catch(() => {
    if (answers.get(name) === pendingAnswer) {
      answers.delete(name);
    }
  });
  return pendingAnswer;
}
