import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  readonly timeoutMs: number;
  /** Description of the condition, which the timeout error contains. */
  readonly what: string;
  readonly pollMs?: number;
}

/**
 * Polls until the result is neither `undefined` nor `false`. Use this function for states of other processes that send
 * no events.
 */
export async function waitUntil<T>(
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  options: WaitOptions,
): Promise<T> {
  const end = Date.now() + options.timeoutMs;
  let cause: unknown;
  do {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) {
        return answer;
      }
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await delay(options.pollMs ?? 50);
  } while (Date.now() < end);
  throw new Error(`Waited ${options.timeoutMs} ms in vain: ${options.what}`, { cause });
}
