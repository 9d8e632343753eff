import { createClient, RESP_TYPES } from '@redis/client';
import type { StoredRecord } from '../kafka/read-topic.ts';

/** A server connection that does not use the product's code. */
export interface RedisProbe {
  /** Sends a command and returns strings in the response as text. */
  call(...args: (string | Buffer)[]): Promise<unknown>;
  /** Sends a command and returns strings in the response as bytes. */
  callForBytes(...args: string[]): Promise<unknown>;
  close(): void;
}

export async function connectRedis(port: number, password?: string): Promise<RedisProbe> {
  const client = createClient({
    ...(password !== undefined && { password }),
    RESP: 2,
    maintNotifications: 'disabled',
    disableClientInfo: true,
    socket: { host: '127.0.0.1', port, reconnectStrategy: false, connectTimeout: 2_000 },
  });
  client.on('error', () => {});
  await client.connect();
  return {
    call: (...args) => client.sendCommand(args),
    callForBytes: (...args) =>
      client.sendCommand(args, { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } }),
    close: () => client.destroy(),
  };
}

/**
 * Reads all entries of a stream, oldest first. Each entry has an id and an alternating list of field names and values.
 */
export async function readStream({ call }: Pick<RedisProbe, 'call'>, stream: string) {
  const entries: { readonly id: string; readonly fields: readonly string[] }[] = [];
  for (let from = '-'; ; from = `(${entries.at(-1)?.id}`) {
    const page = (await call('XRANGE', stream, from, '+', 'COUNT', '1000')) as [string, string[]][];
    entries.push(...page.map(([id, fields]) => ({ id, fields })));
    if (page.length < 1_000) {
      return entries;
    }
  }
}

/** Reads a stream as the records of one partition, for checks that expect a log with partitions and offsets. */
export async function readStoredRecords(
  { callForBytes }: Pick<RedisProbe, 'callForBytes'>,
  stream: string,
  partition = 0,
): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  for (let from = '-', count = 1_000; count === 1_000; ) {
    const page = (await callForBytes('XRANGE', stream, from, '+', 'COUNT', '1000')) as [Buffer, Buffer[]][];
    records.push(
      ...page.map(([id, fields], index) => toRecord(id, fields, partition, records.length + index)),
    );
    from = `(${String(page.at(-1)?.[0])}`;
    count = page.length;
  }
  return records;
}

function toRecord(id: Buffer, fields: readonly Buffer[], partition: number, offset: number): StoredRecord {
  const found = new Map<string, Buffer>();
  for (let index = 0; index < fields.length; index += 2) {
    found.set(String(fields[index]), fields[index + 1] as Buffer);
  }
  const { key = null, value = Buffer.alloc(0), ...headers } = Object.fromEntries(found);
  return {
    ...{ partition, offset, timestampMs: Number.parseInt(String(id), 10), key, value },
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)])),
  };
}
