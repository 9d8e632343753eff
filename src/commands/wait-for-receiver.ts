import { setTimeout as delay } from 'node:timers/promises';
import { landingPageStart } from '../http/landing-page.ts';
import type { Clock } from '../runtime/clock.ts';
import { describeFetchError } from '../runtime/errors.ts';

export interface WaitForReceiverOptions {
  /** The URL of a webhook, as the provider calls it. */
  readonly url: URL;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Called once, with the reason for waiting. */
  readonly onWarning: (text: string) => void;
}

const attemptTimeoutMs = 5_000;
const pauseMs = 1_000;

/**
 * Waits until a receiver answers at the public URL of a webhook. Its name, certificate, route and pods then work.
 *
 * @throws {Error} with the last answer, when the time is over
 */
export async function waitForReceiver({
  url,
  timeoutMs,
  clock,
  onWarning,
}: WaitForReceiverOptions): Promise<void> {
  const endsAt = clock.now() + timeoutMs;
  for (let attempt = 1; ; attempt += 1) {
    const problem = await findProblem(url);
    if (problem === undefined) {
      return;
    }
    if (clock.now() + pauseMs >= endsAt) {
      throw new Error(
        `No receiver answers at ${url.href}: ${problem}. Nothing was registered. If only this machine cannot reach it, leave --wait-for-receiver out (in the chart registration.waitForReceiver).`,
      );
    }
    if (attempt === 1) {
      onWarning(`Waiting up to ${timeoutMs / 1000} s for a receiver at ${url.href}: ${problem}.`);
    }
    await delay(pauseMs);
  }
}

async function findProblem(url: URL): Promise<string | undefined> {
  try {
    // Whether the provider follows a redirect is not documented.
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(attemptTimeoutMs) });
    const text = await response.text();
    return response.status === 200 && text.includes(landingPageStart)
      ? undefined
      : `GET is answered ${response.status}${response.status === 200 ? ' by something else' : ''}`;
  } catch (error) {
    return describeFetchError(error);
  }
}
