import { createClient } from '@redis/client';
import type { StoredRecord } from '../kafka/read-topic.ts';

/** A connection to a server that the product's own code has no part in. */
export interface RedisProbe {
  /** Text in the answer is text. */
  call(...args: (string | Buffer)[]): Promise<unknown>;
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
    close: () => client.destroy(),
  };
}

/** An entry as it lies in a stream. */
export interface StreamEntry {
  readonly id: string;
  /** Names and values by turns. */
  readonly fields: readonly string[];
}

/** All entries of a stream, oldest first. */
export async function readStream(
  { call }: Pick<RedisProbe, 'call'>,
  stream: string,
): Promise<readonly StreamEntry[]> {
  const entries: StreamEntry[] = [];
  for (let from = '-'; ; from = `(${entries.at(-1)?.id}`) {
    const page = (await call('XRANGE', stream, from, '+', 'COUNT', '1000')) as [string, string[]][];
    entries.push(...page.map(([id, fields]) => ({ id, fields })));
    if (page.length < 1_000) {
      return entries;
    }
  }
}

/** A stream as the records of one partition, for the judges that are made for a log. */
export async function readStoredRecords(
  probe: Pick<RedisProbe, 'call'>,
  stream: string,
  partition = 0,
): Promise<StoredRecord[]> {
  return (await readStream(probe, stream)).map(({ id, fields }, offset) => {
    const pairs = Array.from({ length: fields.length / 2 }, (_, index) => [
      fields[index * 2] as string,
      fields[index * 2 + 1] as string,
    ]);
    const { key, value = '', ...headers } = Object.fromEntries(pairs) as Record<string, string>;
    return {
      partition,
      offset,
      timestampMs: Number.parseInt(id, 10),
      key: key === undefined ? null : Buffer.from(key),
      value: Buffer.from(value),
      headers,
    };
  });
}
