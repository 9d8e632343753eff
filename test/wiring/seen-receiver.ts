import { join } from 'node:path';
import type { SinkRecord } from '../../src/ports/sink.ts';
import type { Env } from '../../src/runtime/config-error.ts';
import { readJournal } from '../../src/stores/journal/read-journal.ts';
import { postWebhook } from '../../src/tools/provider/post-webhook.ts';
import { startTestReceiver, type TestReceiver, testSecret } from '../support/test-receiver.ts';
import { waitUntil } from '../support/wait-until.ts';

export const event = '{"eventId":"e-1","name":"message.sent","revision":3,"payload":{"messageId":"m-1"}}';

interface Sent {
  readonly body?: string;
  readonly path?: string;
  readonly secret?: string;
}

export async function post(
  { url }: Pick<TestReceiver, 'url'>,
  { body = event, path = '/webhook', secret = testSecret }: Sent = {},
): Promise<number> {
  const request = { url: new URL(path, url), body: Buffer.from(body), secret, timeoutMs: 15_000 };
  return (await postWebhook(request)).status;
}

/** Runs a function with a receiver, which is stopped afterwards. */
export async function withReceiver<T>(env: Env, look: (receiver: TestReceiver) => Promise<T>): Promise<T> {
  const receiver = await startTestReceiver({ env });
  try {
    return await look(receiver);
  } finally {
    await receiver.stop();
  }
}

export const whenReady = ({ ready }: TestReceiver) =>
  waitUntil(ready, { timeoutMs: 20_000, what: 'the receiver is ready', pollMs: 10 });

/** Returns the status of a delivery, once the store accepts records. */
export function deliver(env: Env, sent: Sent = {}): Promise<number> {
  return withReceiver(env, async (receiver) => {
    await whenReady(receiver);
    return post(receiver, sent);
  });
}

/** Reads the records of a journal in order. */
export async function readRecords(dataDir: string, name = 'journal'): Promise<SinkRecord[]> {
  const records: SinkRecord[] = [];
  for await (const { record } of readJournal(join(dataDir, name))) {
    records.push(record);
  }
  return records;
}

/** Returns the records of a delivery on a journal. */
export function store(env: Env, sent: Sent = {}): Promise<SinkRecord[]> {
  return withReceiver(env, async (receiver) => {
    await post(receiver, sent);
    return readRecords(receiver.dataDir);
  });
}

export const isAnswered = (url: string) =>
  fetch(url).then(
    () => true,
    () => false,
  );
