import { describe, expect, test } from 'vitest';
import type { RedisReply } from '../../../src/stores/redis/redis-client.ts';
import { RedisError } from '../../../src/stores/redis/redis-error.ts';
import { confirmWrites, writeBatches } from '../../../src/stores/redis/write-batches.ts';

const options = { confirmation: 'waitaof', replicas: 1, confirmTimeoutMs: 500 } as const;
const record = { key: 'k', value: Buffer.from('v'), headers: { ce_id: '1' } };
const one = { stream: 'one', records: [record, record] };
const two = { stream: 'two', records: [record] };

/** Records the commands, and replies to each command with the result of a function. */
function createScriptedServer(answer: (command: string, args: readonly (string | Buffer)[]) => RedisReply) {
  const asked: string[] = [];
  return {
    asked,
    async call(args: readonly (string | Buffer)[]) {
      asked.push(args.map(String).join(' '));
      const reply = answer(String(args[0]), args);
      if (reply instanceof Error) {
        throw reply;
      }
      return reply;
    },
  };
}

const usual: Readonly<Record<string, RedisReply>> = { MULTI: 'OK', WAITAOF: [1, 1], WAIT: 1 };

/** Reply of the server: EXEC returns one id per entry, and an XADD outside of a transaction returns its id. */
function createFaultlessServer(changes: (command: string) => RedisReply | undefined = () => undefined) {
  let ids: string[] | undefined;
  function answer(command: string): RedisReply {
    if (command === 'MULTI') {
      ids = [];
    } else if (command === 'XADD') {
      return ids === undefined ? '1-0' : ids.push(`1-${ids.length}`) && 'QUEUED';
    } else if (command === 'EXEC') {
      const stored = ids ?? [];
      ids = undefined;
      return stored;
    }
    return usual[command] ?? null;
  }
  return createScriptedServer((command) => {
    const usually = answer(command);
    const changed = changes(command);
    return changed === undefined ? usually : changed;
  });
}

const kindsOf = async (client: Parameters<typeof writeBatches>[0], changes = {}) =>
  (await writeBatches(client, [one, two], { ...options, ...changes })).map((error) => error?.kind);

describe('writeBatches', () => {
  test('writes each batch as a transaction, all in one turn, and asks for the confirmation last', async () => {
    const client = createFaultlessServer();
    const writing = writeBatches(client, [one, two], options);
    const entry = (stream: string) => `XADD ${stream} * key k value v ce_id 1`;
    expect(client.asked).toEqual([
      ...['MULTI', entry('one'), entry('one'), 'EXEC'],
      // A single entry needs no transaction.
      entry('two'),
      'WAITAOF 1 1 4',
    ]);
    expect(await writing).toEqual([undefined, undefined]);
  });

  test.each([
    [
      'its own disk did not sync',
      [0, 1],
      'the server did not sync to disk in time (appendfsync may be no, or the disk may be slow or full)',
    ],
    ['a replica is missing', [1, 0], 'only 0 of 1 replicas confirmed in time'],
    ['the count of replicas is missing', [1], 'only 1 of 1 replicas confirmed in time'],
  ])('rejects writes as stored when %s', async (_, counts, text) => {
    const errors = await writeBatches(
      createFaultlessServer((command) => (command === 'WAITAOF' ? counts : undefined)),
      [one],
      { ...options, confirmTimeoutMs: 10 },
    );
    expect(errors).toEqual([expect.objectContaining({ kind: 'unsynced', message: text })]);
  });

  test('an error inside a transaction is its error, also beside identifiers', async () => {
    const error = new Error('WRONGTYPE Operation against a key holding the wrong kind of value');
    expect(
      await kindsOf(createFaultlessServer((command) => (command === 'EXEC' ? [error, '1-1'] : undefined))),
    ).toEqual(['type', undefined]);
  });

  test('gives the first error of a transaction, which is the reason, and not that of EXEC', async () => {
    let entries = 0;
    const client = createFaultlessServer((command) => {
      entries += Number(command === 'XADD');
      if (command === 'XADD' && entries === 2) {
        return new Error('OOM command not allowed');
      }
      return command === 'EXEC' && entries === 2 ? new Error('EXECABORT Transaction discarded') : undefined;
    });
    expect(await kindsOf(client)).toEqual(['memory', undefined]);
  });

  test('a confirmation that fails rejects writes as stored', async () => {
    const client = createFaultlessServer((command) =>
      command === 'WAITAOF' ? new RedisError('connection', 'gone') : undefined,
    );
    expect(await kindsOf(client)).toEqual(['connection', 'connection']);
  });
});

describe('confirm', () => {
  test('a refusal to say what is on disk ends the connection: records are not stored over and over', async () => {
    for (const text of ['ERR WAITAOF cannot be used when appendonly is disabled', 'NOPERM no', 'OOM no']) {
      const client = createFaultlessServer((command) =>
        command === 'WAITAOF' ? new Error(text) : undefined,
      );
      expect(await confirmWrites(client, options)).toMatchObject({
        kind: 'unconfirmed',
        message: expect.stringContaining(text),
      });
      expect(client.asked).toHaveLength(1);
    }
  });

  test('asks again and again whether replicas have synced, and no longer than it may', async () => {
    let asked = 0;
    const client = createFaultlessServer((command) => {
      asked += Number(command === 'WAITAOF');
      return command === 'WAITAOF' ? [1, asked < 7 ? 0 : 1] : undefined;
    });
    expect(await confirmWrites(client, { ...options, confirmTimeoutMs: 60_000 })).toBeUndefined();
    expect(client.asked).toEqual([4, 8, 16, 32, 64, 128, 128].map((ms) => `WAITAOF 1 1 ${ms}`));
    const never = createFaultlessServer((command) => (command === 'WAITAOF' ? [1, 0] : undefined));
    expect(await confirmWrites(never, { ...options, confirmTimeoutMs: 20 })).toMatchObject({
      kind: 'unsynced',
    });
    const longest = never.asked.map((command) => Number(command.split(' ').at(-1)));
    expect(Math.max(...longest)).toBeLessThanOrEqual(20);
  });

  test('asks once where no replica is waited for: the sync to its own disk ends the wait', async () => {
    const client = createFaultlessServer();
    expect(await confirmWrites(client, { ...options, replicas: 0 })).toBeUndefined();
    expect(client.asked).toEqual(['WAITAOF 1 0 500']);
  });

  test('asks replicas for their memory where nothing is on disk, and nobody without replicas', async () => {
    const client = createFaultlessServer();
    expect(await confirmWrites(client, { ...options, confirmation: 'memory' })).toBeUndefined();
    expect(await confirmWrites(client, { ...options, confirmation: 'memory', replicas: 0 })).toBeUndefined();
    expect(client.asked).toEqual(['WAIT 1 500']);
    expect(
      await confirmWrites(
        createFaultlessServer((command) => (command === 'WAIT' ? 0 : undefined)),
        { ...options, confirmation: 'memory' },
      ),
    ).toMatchObject({ kind: 'unsynced' });
  });
});
