import { randomUUID } from 'node:crypto';
import { systemClock } from '../../runtime/clock.ts';
import { isTestEvent } from '../../webhook/test-events.ts';

/** The envelope of every event, as the provider documents it. */
export interface ProviderEvent {
  readonly eventId: string;
  readonly accountId: number;
  readonly apiSpaceId: string;
  readonly name: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly revision: number;
  readonly etag: string;
  readonly timestamp: string;
}

/** Creates an event. If its name is one of the provider's, it is about a new message. */
export function createSampleEvent({ name }: { readonly name: string }): ProviderEvent {
  const messageId = randomUUID();
  return {
    eventId: randomUUID(),
    accountId: 1,
    apiSpaceId: '00000000-0000-4000-8000-000000000000',
    name,
    payload: isTestEvent(name)
      ? { id: messageId }
      : {
          messageId,
          details: { channel: 'sms', additionalInfo: { to: '447700900000', successful: true } },
        },
    revision: 1,
    etag: `"${messageId.slice(0, 8)}"`,
    timestamp: new Date(systemClock.epochMs()).toISOString(),
  };
}
