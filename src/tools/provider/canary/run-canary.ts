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
  /** The certificate must be valid for so long at least; `undefined`: for as long as is due by its age. */
  readonly certificateDays: number | undefined;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Called after each step that went well. */
  readonly onPassed: (step: string, text: string) => void;
}

export interface FailedStep extends CanaryFailure {
  readonly step: string;
}

/** From when to when a certificate is valid. */
export interface CertificateLife {
  readonly start: Date;
  readonly end: Date;
}

const dayMs = 86_400_000;
const usualDays = 14;
/** ACME clients renew when a third of the life is left. */
const lateShare = 0.25;

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
  let certificate: CertificateLife | undefined;
  try {
    certificate = url.protocol === 'https:' ? await readCertificate(url, timeoutMs) : undefined;
  } catch (error) {
    return { step: 'certificate', ...toConnectionFailure(error) };
  }
  const full = createCanaryBody({ mark: 'last', now: now(), bodyBytes, certificate });
  return (
    (await deliver('full body', full, options)) ?? (certificate && judgeCertificate(certificate, options))
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

/** A certificate of six days is never valid for 14: without a number of days a quarter of its life is enough. */
export function judgeCertificate(
  { start, end }: CertificateLife,
  { certificateDays, clock, onPassed }: Pick<CanaryOptions, 'certificateDays' | 'clock' | 'onPassed'>,
): FailedStep | undefined {
  const step = 'certificate';
  const leftDays = (end.getTime() - clock.epochMs()) / dayMs;
  const lateDays = ((end.getTime() - start.getTime()) / dayMs) * lateShare;
  const neededDays = certificateDays ?? Math.min(usualDays, lateDays);
  const text = `valid until ${end.toISOString()}, ${toDays(leftDays)} days`;
  if (leftDays < neededDays) {
    return { step, cause: 'certificate', text: `${text}: should be ${toDays(neededDays)} or more` };
  }
  onPassed(step, text);
  return undefined;
}

/** With one decimal, rounded down. */
const toDays = (days: number) => String(Math.floor(days * 10) / 10);

/**
 * The certificate that a client of the URL is shown.
 *
 * @throws {Error} when there is no connection, or no trust in the certificate
 */
function readCertificate(url: URL, timeoutMs: number): Promise<CertificateLife> {
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
      const { valid_from: from, valid_to: to } = socket.getPeerCertificate();
      resolve({ start: new Date(from), end: new Date(to) });
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
  readonly certificate?: CertificateLife | undefined;
}

/**
 * A batch of one small event, brought to its length by white space between elements: every proxy and the signature see all
 * of it, and only the event is stored.
 */
export function createCanaryBody({ mark, now, bodyBytes, certificate }: CanaryBodyOptions): Buffer {
  const event: ProviderEvent = {
    eventId: randomUUID(),
    accountId: 0,
    apiSpaceId: '00000000-0000-4000-8000-000000000000',
    name: ownEventNames.canary,
    payload: {
      id: entity,
      mark,
      ...(certificate && {
        certificateStart: certificate.start.toISOString(),
        certificateEnd: certificate.end.toISOString(),
      }),
    },
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
