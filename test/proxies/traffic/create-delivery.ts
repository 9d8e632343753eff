import { signBody } from '../../../src/tools/provider/post-webhook.ts';
import { testSecret } from '../../support/test-receiver.ts';

/**
 * A delivery whose answer is unique, because no other delivery in flight has the same numbers of events and dead
 * letters.
 */
export interface Delivery {
  readonly isSigned: boolean;
  readonly events: readonly string[];
  /** Elements that are not events, each of which becomes a dead letter. */
  readonly deadLetters: readonly string[];
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly expected: { readonly status: number; readonly body: string };
}

const maxEvents = 13;
const maxDeadLetters = 4;
/**
 * Interval, in deliveries, of each special case: an invalid signature, a chunked body, a wait for 100 Continue, and an
 * offer of HTTP/2.
 */
const unsignedEvery = 7;
const chunkedEvery = 5;
const expectEvery = 11;
const upgradeEvery = 17;

/** Headers that Java's client sends with its first request. */
const http2Offer = { upgrade: 'h2c', 'http2-settings': 'AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA' };

export function createDelivery(index: number): Delivery {
  const isSigned = index % unsignedEvery !== 0;
  const events = Array.from({ length: 1 + (index % maxEvents) }, (_unused, at) => toEvent(index, at));
  const deadLetters = Array.from({ length: index % maxDeadLetters }, (_unused, at) => `"bad-${index}-${at}"`);
  const body = Buffer.from(`[${[...events, ...deadLetters].join(',')}]`);
  return {
    ...{ isSigned, events, deadLetters, body },
    headers: {
      'content-type': 'application/json',
      'x-comapi-signature': signBody(body, isSigned ? testSecret : 'the secret of somebody else'),
      ...(index % chunkedEvery !== 0 && { 'content-length': String(body.length) }),
      ...(index % expectEvery === 0 && { expect: '100-continue' }),
      ...(index % upgradeEvery === 0 && { connection: 'Upgrade, HTTP2-Settings', ...http2Offer }),
    },
    expected: isSigned
      ? { status: 200, body: `{"accepted":${events.length},"deadLettered":${deadLetters.length}}` }
      : { status: 401, body: '{"error":"bad_signature"}' },
  };
}

function toEvent(index: number, at: number): string {
  return `{"eventId":"e-${index}-${at}","name":"message.sent","payload":{"messageId":"m-${index}","text":"Gr\\u00fc\\u00dfe"},"revision":${at}}`;
}
