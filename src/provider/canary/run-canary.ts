import type { Clock } from '../../runtime/clock.ts';
import type { CanaryMark } from '../../webhook/canary.ts';
import { postWebhook } from '../post-webhook.ts';
import { type CanaryFault, findAnswerFault, toConnectionFault } from './canary-fault.ts';
import { readCertificateEnd } from './certificate-end.ts';
import { createCanaryBody } from './create-canary-body.ts';

export interface CanaryOptions {
  readonly url: URL;
  readonly secret: string;
  readonly signatureHeader: string;
  /** Length of the last delivery's body. */
  readonly bodyBytes: number;
  /** The certificate must be valid for so long at least. */
  readonly certificateDays: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Called after each step that went well. */
  readonly onPassed: (step: string, text: string) => void;
}

export interface FailedStep extends CanaryFault {
  readonly step: string;
}

const dayMs = 86_400_000;

/**
 * Does what the provider does in three steps, and stops at the first that fails: a small delivery, the certificate's end, a
 * delivery of full length. Only the last is counted as a canary that arrived.
 *
 * @returns the step that failed
 */
export async function runCanary(options: CanaryOptions): Promise<FailedStep | undefined> {
  const { url, bodyBytes, certificateDays, timeoutMs, clock, onPassed } = options;

  async function deliver(step: string, mark: CanaryMark, length: number): Promise<FailedStep | undefined> {
    const body = createCanaryBody(mark, new Date(clock.epochMs()), length);
    try {
      const answer = await postWebhook({ ...options, body });
      const fault = findAnswerFault(answer, body.length);
      if (fault === undefined) {
        onPassed(step, `${answer.status}, ${body.length} bytes`);
      }
      return fault && { step, ...fault };
    } catch (error) {
      return { step, ...toConnectionFault(error) };
    }
  }

  async function checkCertificate(): Promise<FailedStep | undefined> {
    const step = 'certificate';
    try {
      const end = await readCertificateEnd(url, timeoutMs);
      const days = Math.floor((end.getTime() - clock.epochMs()) / dayMs);
      const text = `valid until ${end.toISOString()}, ${days} days`;
      if (days < certificateDays) {
        return { step, cause: 'certificate', text: `${text}: should be ${certificateDays} or more` };
      }
      onPassed(step, text);
      return undefined;
    } catch (error) {
      return { step, ...toConnectionFault(error) };
    }
  }

  return (
    (await deliver('small body', 'part', 0)) ??
    (url.protocol === 'https:' ? await checkCertificate() : undefined) ??
    (await deliver('full body', 'last', bodyBytes))
  );
}
