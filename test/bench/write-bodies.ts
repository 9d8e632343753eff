import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { signBody } from '../../src/tools/provider/post-webhook.ts';

/** Creates an event of about 800 bytes, similar to the provider's events. */
function createEvent(): string {
  const messageId = randomUUID();
  return JSON.stringify({
    eventId: randomUUID(),
    accountId: 12_345,
    apiSpaceId: 'c924cf6e-4352-4b26-a71a-c2032bea7a01',
    name: 'message.delivered',
    payload: {
      messageId,
      details: {
        channel: 'sms',
        additionalInfo: {
          to: '447712312312',
          from: 'Dotdigital',
          successful: true,
          requestId: randomUUID(),
          providerMessageId: randomUUID(),
          attempts: 1,
        },
      },
      context: { profileId: randomUUID(), conversationId: randomUUID(), campaign: 'autumn-2026' },
      metadata: { reference: randomUUID(), tags: ['campaign', 'autumn', 'priority'], locale: 'en-GB' },
      statusUpdatedOn: new Date().toISOString(),
      sentOn: new Date().toISOString(),
    },
    revision: 2,
    etag: `"${randomUUID()}"`,
    timestamp: new Date().toISOString(),
  });
}

/** Settings of the receivers in the benchmark. */
export const benchSecret = 'f946b0e7-5fe9-4f57-9d8f-62b3ac0b4a13';

/**
 * Writes the bodies for the load generator, in lines of the form `signature body`. The events in each body have new
 * keys.
 */
export function writeBodies(file: string, options: { batchSize: number; count: number }): void {
  const { batchSize, count } = options;
  const lines = Array.from({ length: count }, () => {
    const events = Array.from({ length: batchSize }, createEvent);
    const body = batchSize === 1 ? (events[0] ?? '') : `[${events.join(',')}]`;
    return `${signBody(Buffer.from(body), benchSecret)} ${body}\n`;
  });
  writeFileSync(file, lines.join(''));
}
