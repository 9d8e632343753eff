import { loadCommandConfig } from '../../src/config/command-config.ts';
import { listTopics } from '../../src/config/topic-names.ts';
import type { SinkRecord } from '../../src/ports/sink.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { Env } from '../../src/runtime/config-error.ts';
import { openStore, startCommandSink } from '../../src/stores/open-store.ts';
import { captureLog } from './captured-log.ts';
import { appendIn } from './deadline-in.ts';

/** Stores records in the same manner as the receiver, in the store that the environment variables select. */
export async function appendRecords(env: Env, records: readonly SinkRecord[]): Promise<void> {
  const config = loadCommandConfig(env);
  const topics = listTopics(config.topics);
  const { logger } = captureLog();
  const sink = await startCommandSink(await openStore(config.store), { ...config, topics, logger });
  try {
    const rejections = await appendIn(sink, records, 20_000);
    if (rejections.length > 0) {
      throw new Error(`The store rejected records: ${JSON.stringify(rejections.slice(0, 9))}`);
    }
  } finally {
    await sink.close();
  }
}

interface EventParts {
  readonly topic?: string;
  readonly webhook?: string;
  readonly body?: string;
}

/** Creates the record for the event of a message, with the same headers as the receiver's records. */
export function toEventRecord(
  key: string,
  revision: number,
  name = 'message.sent',
  { topic = 'comapi.events', webhook = 'default', body = 'Hello' }: EventParts = {},
): SinkRecord {
  const eventId = `e-${key}-${revision}`;
  const event = { eventId, name, payload: { messageId: key, details: { body } }, revision };
  return {
    ...{ topic, key, value: Buffer.from(JSON.stringify(event)) },
    headers: {
      ...{
        ce_specversion: '1.0',
        ce_id: eventId,
        ce_type: name,
        ce_subject: key,
        revision: String(revision),
      },
      ...{ 'received-at': new Date(systemClock.epochMs()).toISOString(), webhook },
    },
  };
}

export function toDeadLetterRecord(text: string, topic = 'comapi.events.dead-letter'): SinkRecord {
  const receivedAt = new Date(systemClock.epochMs()).toISOString();
  const headers = { reason: 'no_key', 'received-at': receivedAt, webhook: 'default' };
  return { topic, key: null, value: Buffer.from(text), headers };
}

/** Returns the keys of JSON lines. */
export function keysOf(lines: string): string[] {
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { key: string }).key);
}
