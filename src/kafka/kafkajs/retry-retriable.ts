import { setTimeout as delay } from 'node:timers/promises';

const attempts = 20;
const delayMs = 500;

/** Repeats a call for ten seconds, while kafkajs calls its error retriable. */
export async function retryRetriable<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      const passes = error instanceof Error && 'retriable' in error && error.retriable === true;
      if (!passes || attempt === attempts) {
        throw error;
      }
      await delay(delayMs);
    }
  }
}
