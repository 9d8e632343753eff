import { randomUUID } from 'node:crypto';

export interface SentEvent {
  readonly id: string;
  /** Entity of the event, which is the value of `payload.messageId`. */
  readonly key: string;
  readonly revision: number;
  /** Original text of the event. It contains details that parsing and serializing would change. */
  readonly text: string;
}

export interface EventFactory {
  /** Creates the next revision of this event's entity. */
  next(key: string): SentEvent;
}

const names = ['message.sent', 'message.delivered', 'message.read', 'message.inbound'];

export function createEventFactory(): EventFactory {
  const revisions = new Map<string, number>();

  return {
    next(key) {
      const revision = (revisions.get(key) ?? 0) + 1;
      revisions.set(key, revision);
      const id = randomUUID();
      const name = names[revision % names.length];
      const text =
        `{ "eventId":"${id}","accountId":12345678901234567890,"apiSpaceId":"a6f2b6c8-0000-4000-8000-1d2b3c4d5e6f",` +
        `"name":"${name}", "payload":{"messageId":"${key}","status":"ok","price":1.10,"text":"Gr\\u00fc\\u00dfe, \\/ ` +
        `Ärger \u{1F680} und \\ud83d\\ude80","channelOptions":{"sms":{"to":"+447700900000"}},"pad":"${'x'.repeat(320)}"},` +
        `"revision":${revision},"etag":"W/\\"${revision}\\"","timestamp":"2026-01-02T03:04:05.678Z", "new": 1e2 }`;
      return { id, key, revision, text };
    },
  };
}
