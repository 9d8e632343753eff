import { within } from '../runtime/within.ts';

export interface AwaitAnswerOptions {
  readonly giveUpMs: number;
  /** The store has asked for a pause: it answers later. */
  readonly isPaused: () => boolean;
}

/** A store that calls itself paused for longer is given up, too. */
const longestPauseMs = 300_000;

/**
 * The answer to a request, or an error when it is given up.
 *
 * @throws what `sent` rejects with
 */
export async function awaitAnswer<A>(
  sent: Promise<A>,
  { giveUpMs, isPaused }: AwaitAnswerOptions,
): Promise<A> {
  const late = new Error(`there was no answer after ${giveUpMs} ms`);
  for (let waitedMs = giveUpMs; ; waitedMs += giveUpMs) {
    try {
      return await within(sent, giveUpMs, () => late);
    } catch (error) {
      if (error !== late || !isPaused() || waitedMs >= longestPauseMs) {
        throw error;
      }
    }
  }
}
