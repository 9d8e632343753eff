import { randomUUID } from 'node:crypto';
import { connect } from 'node:tls';
import type { Clock } from '../../../runtime/clock.ts';
import type { CanaryMark } from '../../../webhook/canary.ts';
import { ownEventNames } from '../../../webhook/own-events.ts';
import { postWebhook } from '../post-webhook.ts';
import type { ProviderEvent } from '../sample-event.ts';
import { type CanaryFailure, findAnswerFailure, toConnectionFailure } from './canary-failure.ts';

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

export interface FailedStep extends CanaryFailure {
  readonly step: string;
}

const dayMs = 86_400_000;

/**
 * Does what the provider does: a small delivery, a look at the certificate, a delivery of full length. It stops where nothing
 * gets through. A certificate that ends soon does not stop it: the provider gets through as well. Only the last delivery is
 * counted as a canary that arrived.
 *
 * @returns the step that failed
 */
export async function runCanary(options: CanaryOptions): Promise<FailedStep | undefined> {
  const { url, bodyBytes, timeoutMs, clock } = options;
  const now = () => new Date(clock.epochMs());
  const small = createCanaryBody({ mark: 'part', now: now(), bodyBytes: 0 });
  const failed = await deliver('small body', small, options);
  if (failed !== undefined) {
    return failed;
  }
  let certificateEnd: Date | undefined;
  try {
    certificateEnd = url.protocol === 'https:' ? await readCertificateEnd(url, timeoutMs) : undefined;
  } catch (error) {
    return { step: 'certificate', ...toConnectionFailure(error) };
  }
  const full = createCanaryBody({ mark: 'last', now: now(), bodyBytes, certificateEnd });
  return (
    (await deliver('full body', full, options)) ??
    (certificateEnd && judgeCertificate(certificateEnd, options))
  );
}

async function deliver(step: string, body: Buffer, options: CanaryOptions): Promise<FailedStep | undefined> {
  try {
    const answer = await postWebhook({ ...options, body });
    const failure = findAnswerFailure(answer, body.length);
    if (failure === undefined) {
      options.onPassed(step, `${answer.status}, ${body.length} bytes`);
    }
    return failure && { step, ...failure };
  } catch (error) {
    return { step, ...toConnectionFailure(error) };
  }
}

function judgeCertificate(
  end: Date,
  { certificateDays, clock, onPassed }: CanaryOptions,
): FailedStep | undefined {
  const step = 'certificate';
  const days = Math.floor((end.getTime() - clock.epochMs()) / dayMs);
  const text = `valid until ${end.toISOString()}, ${days} days`;
  if (days < certificateDays) {
    return { step, cause: 'certificate', text: `${text}: should be ${certificateDays} or more` };
  }
  onPassed(step, text);
  return undefined;
}

/**
 * Until when the certificate is valid that a client of the URL is shown.
 *
 * @throws {Error} when there is no connection, or no trust in the certificate
 */
function readCertificateEnd(url: URL, timeoutMs: number): Promise<Date> {
  return new Promise((resolve, reject) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const socket = connect({
      host,
      port: Number(url.port || 443),
      // An address is no server name.
      ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
      timeout: timeoutMs,
    });
    socket.once('secureConnect', () => {
      resolve(new Date(socket.getPeerCertificate().valid_to));
      socket.destroy();
    });
    socket.once('timeout', () => socket.destroy(new Error(`no TLS handshake with ${url.host} in time`)));
    socket.once('error', reject);
  });
}

/** One entity for all canaries: one key, so one partition, and one latest state. */
const entity = 'webhook-canary';

interface CanaryBodyOptions {
  readonly mark: CanaryMark;
  readonly now: Date;
  /** At least. */
  readonly bodyBytes: number;
  readonly certificateEnd?: Date | undefined;
}

/**
 * A batch of one small event, brought to its length by white space between elements: every proxy and the signature see all
 * of it, and only the event is stored.
 */
export function createCanaryBody({ mark, now, bodyBytes, certificateEnd }: CanaryBodyOptions): Buffer {
  const event: ProviderEvent = {
    eventId: randomUUID(),
    accountId: 0,
    apiSpaceId: '00000000-0000-4000-8000-000000000000',
    name: ownEventNames.canary,
    payload: { id: entity, mark, ...(certificateEnd && { certificateEnd: certificateEnd.toISOString() }) },
    revision: now.getTime(),
    etag: `"${now.getTime()}"`,
    timestamp: now.toISOString(),
  };
  const start = Buffer.from(`[${JSON.stringify(event)}`);
  const body = Buffer.alloc(Math.max(bodyBytes, start.length + 1), ' ');
  start.copy(body);
  body.write(']', body.length - 1);
  return body;
}
