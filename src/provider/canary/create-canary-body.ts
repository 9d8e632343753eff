import { randomUUID } from 'node:crypto';
import { type CanaryMark, canaryEventName } from '../../webhook/canary.ts';
import type { ProviderEvent } from '../sample-event.ts';

/** One entity for all canaries: one key, so one partition, and one latest state. */
const entity = 'webhook-canary';

export interface CanaryBodyOptions {
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
    name: canaryEventName,
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
