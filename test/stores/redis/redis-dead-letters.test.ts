import { expect, test } from 'vitest';
import { openRedisDeadLetters } from '../../../src/stores/redis/redis-dead-letters.ts';
import { inVirtualTime } from '../../support/in-virtual-time.ts';
import { createRedisConfig } from '../../support/redis/redis-sink.ts';
import { sendAnswer, startRespServer, toBulk } from '../../support/redis/resp-server.ts';

const toList = (items: readonly string[]) => `*${items.length}\r\n${items.join('')}`;
const fields = toList(['key', 'k', 'value', 'v', 'headers', '{}'].map(toBulk));
const toEntry = (id: string) => toList([toBulk(id), fields]);

/**
 * Starts a server with the set of replayed entries, and with a stream of more than two pages whose entries are numbered
 * from 1.
 */
async function startServer(putBack: readonly number[]) {
  const server = await startRespServer();
  const ids = Array.from({ length: 1_200 }, (_, index) => `${index + 1}-0`);
  const set = new Set(putBack.map((number) => `${number}-0`));
  let isSynced = true;
  const answers: Readonly<Record<string, (args: readonly string[]) => string>> = {
    XLEN: () => `:${ids.length}\r\n`,
    XREVRANGE: () => toList([toEntry(ids.at(-1) ?? '')]),
    XRANGE: () => toList([toEntry(ids[0] ?? '')]),
    XREAD([, , count, , stream = '', after = '']) {
      const from = Number.parseInt(after, 10);
      return toList([toList([toBulk(stream), toList(ids.slice(from, from + Number(count)).map(toEntry))])]);
    },
    ZMSCORE: ([, , ...asked]) => toList(asked.map((id) => (set.has(id) ? toBulk('1') : '$-1\r\n'))),
    ZADD([, , ...pairs]) {
      for (const id of pairs.filter((_, index) => index % 2 === 1)) {
        set.add(id);
      }
      return ':1\r\n';
    },
    ZREMRANGEBYSCORE([, , , below = '']) {
      for (const id of [...set].filter((each) => Number.parseInt(each, 10) < Number(below.slice(1)))) {
        set.delete(id);
      }
      return ':1\r\n';
    },
    WAITAOF: () => `*2\r\n:${isSynced ? 1 : 0}\r\n:0\r\n`,
  };
  server.answer = (next) =>
    sendAnswer({ ...next, bytes: answers[next.args[0] ?? '']?.(next.args) ?? next.bytes });
  const open = (dryRun: boolean) =>
    openRedisDeadLetters({
      ...{ config: createRedisConfig(server.url), stream: 'dead', group: 'g', dryRun },
      selection: { role: 'dead-letter', topics: [{ events: 'e', deadLetter: 'dead', latest: 'l' }] },
      ...{
        signal: new AbortController().signal,
        observer: { onStart() {}, onProgress() {}, onWarning() {} },
      },
    });
  return {
    ...{ set, open },
    stopSyncing() {
      isSynced = false;
    },
  };
}

async function readAll(store: Awaited<ReturnType<typeof openRedisDeadLetters>>, noted = 0) {
  const pages: number[] = [];
  for await (const page of store.records()) {
    pages.push(page.length);
    if (pages.length <= noted) {
      await store.markReplayed(page.map(({ place }) => place));
    }
  }
  await store.close();
  return pages;
}

test('gives of each page what was not replayed, and the next run what is left', () =>
  inVirtualTime(async () => {
    const { open, set } = await startServer([0, 2, 700, 701, 1_200]);
    const dry = await open(true);
    expect(await dry.listReplayed(['dead/1-0', 'dead/2-0', 'dead/700-0', 'other/2-0'])).toEqual([
      'dead/2-0',
      'dead/700-0',
    ]);
    expect(await dry.listReplayed([])).toEqual([]);
    expect(await readAll(dry)).toEqual([499, 498, 199]);
    expect(set.has('0-0')).toBe(true);
    expect(await readAll(await open(false), 2)).toEqual([499, 498, 199]);
    // Ids that are no longer in the stream are removed from the set.
    expect([set.size, set.has('0-0')]).toEqual([1_001, false]);
    expect(await readAll(await open(false))).toEqual([0, 0, 199]);
  }));

test('what is replayed is noted only when the server has it on its disk', () =>
  inVirtualTime(async () => {
    const { open, stopSyncing } = await startServer([]);
    stopSyncing();
    await expect(readAll(await open(false), 1)).rejects.toMatchObject({ kind: 'unsynced' });
  }));
