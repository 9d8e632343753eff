import type { CheckResult } from '../ports/check-result.ts';
import { describeFetchError } from '../runtime/errors.ts';

const maxDifferenceMs = 5_000;
const timeoutMs = 5_000;

/** This program is younger: a clock before this date is wrong. */
const earliestMs = Date.UTC(2026, 0, 1);

/** With a wrong clock `received-at`, the check of certificates and Kafka's retention go wrong. */
export async function checkClock(nowMs: () => number, reference: URL | undefined): Promise<CheckResult> {
  const now = nowMs();
  if (now < earliestMs) {
    const text = `the clock says ${new Date(now).toISOString()}, which is in the past`;
    return { area: 'clock', verdict: 'error', text, advice: 'Set it, and keep it right by NTP.' };
  }
  const says = `the clock says ${new Date(now).toISOString()}`;
  if (reference === undefined) {
    return { area: 'clock', verdict: 'ok', text: `${says}; --clock-url compares it with a web server's` };
  }
  const date = await readDate(reference);
  if (typeof date === 'string') {
    const advice = 'Give --clock-url a web server that can be reached from here.';
    return { area: 'clock', verdict: 'warning', text: `${says}; ${reference.href} ${date}`, advice };
  }
  const differenceMs = Math.abs(nowMs() - date);
  const text = `the clock and that of ${reference.host} are ${(differenceMs / 1_000).toFixed(0)} s apart`;
  return differenceMs > maxDifferenceMs
    ? { area: 'clock', verdict: 'warning', text, advice: 'Keep the clock right by NTP.' }
    : { area: 'clock', verdict: 'ok', text };
}

/** Epoch milliseconds of a whole second; or why there is none, as the end of a sentence. */
async function readDate(reference: URL): Promise<number | string> {
  try {
    const { headers } = await fetch(reference, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const date = Date.parse(headers.get('date') ?? '');
    return Number.isNaN(date) ? 'gives no date' : date;
  } catch (error) {
    return `does not answer (${describeFetchError(error)})`;
  }
}
