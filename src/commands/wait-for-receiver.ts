import { setTimeout as delay } from 'node:timers/promises';
import { landingPageStart } from '../http/landing-page.ts';
import type { Clock } from '../runtime/clock.ts';
import { describeFetchError } from '../runtime/errors.ts';

export interface WaitForReceiverOptions {
  /** Public URL of a webhook. */
  readonly url: URL;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Callback that is called at most once, with the reason why the command is waiting. */
  readonly onWarning: (text: string) => void;
}

const attemptTimeoutMs = 5_000;
const pollIntervalMs = 1_000;

/**
 * Waits until a receiver responds at the public URL of a webhook, which proves that DNS, certificate, route and pods work.
 *
 * @throws {Error} with the last problem, if the receiver does not respond in time
 */
export async function waitForReceiver({
  url,
  timeoutMs,
  clock,
  onWarning,
}: WaitForReceiverOptions): Promise<void> {
  const endsAt = clock.now() + timeoutMs;
  for (let attempt = 1; ; attempt += 1) {
    const problem = await findReceiverProblem(url);
    if (problem === undefined) {
      return;
    }
    if (clock.now() + pollIntervalMs >= endsAt) {
      throw new Error(
        `No receiver responds at ${url.href}: ${problem}. Nothing was registered. If only this machine cannot reach the receiver, omit --wait-for-receiver (in the chart: registration.waitForReceiver).`,
      );
    }
    if (attempt === 1) {
      onWarning(`Waiting up to ${timeoutMs / 1000} s for a receiver at ${url.href}: ${problem}.`);
    }
    await delay(pollIntervalMs);
  }
}

async function findReceiverProblem(url: URL): Promise<string | undefined> {
  try {
    // Does not follow redirects, because the provider's documentation does not say whether the provider follows them.
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(attemptTimeoutMs) });
    const text = await response.text();
    if (response.status !== 200) {
      return `GET returned the status ${response.status}`;
    }
    return text.includes(landingPageStart) ? undefined : 'another service responds at this URL';
  } catch (error) {
    return describeFetchError(error);
  }
}
