import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { RecordSelection } from '../../../src/ports/record-reader.ts';
import { readRedisRecords } from '../../../src/stores/redis/read-redis-records.ts';
import { isIdBefore, StreamReader } from '../../../src/stores/redis/read-stream.ts';
import { createRedisConfig } from '../../support/redis/redis-sink.ts';
import { sendAnswer, startRespServer, toBulk } from '../../support/redis/resp-server.ts';

interface Given {
  readonly ids: readonly string[];
  /** Number of responses without entries before the next response with entries. */
  readonly empty?: () => number;
  /** Highest id that the server has generated, or the error that the query returns. */
  readonly lastMade: string;
}

const fields = ['key', 'k', 'value', 'v', 'headers', '{}'].map((text) => Buffer.from(text));
const toList = (items: readonly string[]) => `*${items.length}\r\n${items.join('')}`;
const ofEntry = toList(fields.map((field) => toBulk(String(field))));
const toEntry = (id: string) => toList([toBulk(id), ofEntry]);

/** A server with one stream that returns two entries at a time. */
async function startServer({ ids, empty = () => 0, lastMade }: Given) {
  const server = await startRespServer();
  onTestFinished(() => server.close());
  const asked: string[] = [];
  let left = empty();
  let untilCut = 0;
  let untilLoading = 0;

  function readNext(after: string): string {
    if (left > 0) {
      left -= 1;
      return '*-1\r\n';
    }
    left = empty();
    const found = ids.filter((id) => isIdBefore(after, id)).slice(0, 2);
    return found.length === 0 ? '*-1\r\n' : toList([toList([toBulk('events'), toList(found.map(toEntry))])]);
  }

  function encodeStreamInfo(made: string): string {
    const last = ids.at(-1);
    const entry = last === undefined ? '*-1\r\n' : toEntry(last);
    return toList([toBulk('last-generated-id'), toBulk(made), toBulk('last-entry'), entry]);
  }

  server.answer = (next) => {
    const [command = ''] = next.args;
    asked.push(command);
    if (command === 'XREAD' && --untilCut === 0) {
      next.socket.destroy();
    } else if (command === 'XREAD' && --untilLoading === 0) {
      sendAnswer({ ...next, bytes: '-LOADING Redis is loading the dataset in memory\r\n' });
    } else if (command === 'XREAD') {
      sendAnswer({ ...next, bytes: readNext(next.args.at(-1) ?? '') });
    } else if (command === 'XINFO') {
      sendAnswer({ ...next, bytes: /^\d/.test(lastMade) ? encodeStreamInfo(lastMade) : `-${lastMade}\r\n` });
    } else {
      sendAnswer(next);
    }
  };
  const cutAt = (reading: number) => {
    untilCut = reading;
  };
  const loadAt = (reading: number) => {
    untilLoading = reading;
  };
  return { asked, cutAt, loadAt, connections: server.connections, url: server.url };
}

const selection: RecordSelection = {
  role: 'dead-letter',
  topics: [{ events: 'e', deadLetter: 'events', latest: 'l' }],
};

async function read({ url }: { readonly url: string }, after: string, to: string, told?: string[]) {
  const found: string[] = [];
  const follow = told !== undefined;
  const stop = new AbortController();
  const positions = [new StreamReader('events', 'events', { after, to: follow ? '9-9' : to })];
  const observer = { onStart() {}, onProgress() {}, onWarning: (text: string) => void told?.push(text) };
  const options = { follow, signal: stop.signal, observer, positions };
  for await (const records of readRedisRecords(createRedisConfig(url), selection, options)) {
    found.push(...records.map(({ place }) => place.slice('events/'.length)));
    if (follow && found.at(-1) === to) {
      stop.abort();
    }
  }
  return found;
}

const ids = ['1-1', '2-1', '2-2', '3-1', '4-1'];

describe('reading a stream', () => {
  test('short pages and empty ones are not its end', async () => {
    let count = 0;
    const server = await startServer({
      ids,
      lastMade: '4-1',
      empty() {
        count += 1;
        return count % 4;
      },
    });
    expect(await read(server, '1-1', '4-1')).toEqual(ids.slice(1));
  });

  test('what is behind its end is skipped', async () => {
    expect(await read(await startServer({ ids, lastMade: '4-1' }), '0-0', '2-1')).toEqual(['1-1', '2-1']);
  });

  test.each([
    ['an entry behind it shows that its end is gone', ['1-1', '5-1'], '5-1', ['1-1']],
    ['a stream that knows of its end, and has nothing behind what was read', ['1-1'], '4-1', ['1-1']],
    ['a stream that knows of its end, and has no entry any more', [], '4-1', []],
  ])('ends where the server says that the rest was removed: %s', async (_what, left, lastMade, found) => {
    expect(await read(await startServer({ ids: left, lastMade }), '0-0', '4-1')).toEqual(found);
  });

  test.each([
    ['was deleted', 'ERR no such key', '0-0'],
    ['was recreated, or lost its last entries', '3-1', '3-1'],
  ])('fails in one that %s', async (_what, lastMade, ends) => {
    const server = await startServer({ ids: ['1-1'], lastMade });
    await expect(read(server, '0-0', '4-1')).rejects.toThrow(
      `The stream events ends at ${ends}, before entry 4-1, which existed when reading started`,
    );
  });

  test('fails with the words of a server that tells nothing of it', async () => {
    const server = await startServer({ ids: ['1-1'], lastMade: 'NOPERM for you' });
    await expect(read(server, '0-0', '4-1')).rejects.toThrow('NOPERM for you');
  });

  test('a connection that is lost fails a reading to an end, and one that follows goes on', async () => {
    const server = await startServer({ ids, lastMade: '4-1' });
    server.cutAt(2);
    await expect(read(server, '0-0', '4-1')).rejects.toMatchObject({ kind: 'connection' });
    server.cutAt(2);
    const told: string[] = [];
    expect(await read(server, '0-0', '4-1', told)).toEqual(ids);
    expect(told).toEqual([
      expect.stringMatching(/^Cannot read from Redis: .*Retrying/),
      'Reading continues.',
    ]);
  });

  test('after an error of the server, a reading that follows goes on over a new connection', async () => {
    const server = await startServer({ ids, lastMade: '4-1' });
    server.loadAt(2);
    expect(await read(server, '0-0', '4-1', [])).toEqual(ids);
    expect(server.connections()).toBe(2);
  });

  test('fails when nothing comes for a minute, and names the entry', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const server = await startServer({ ids, lastMade: '4-1', empty: () => Number.POSITIVE_INFINITY });
    const reading = expect(read(server, '2-1', '4-1')).rejects.toThrow(
      /^Cannot read the stream events from entry 2-1 to 4-1: the store has returned nothing for 60 s\. .*run the same command again$/,
    );
    await expect.poll(() => server.asked.filter((command) => command === 'XREAD').length).toBeGreaterThan(2);
    vi.advanceTimersByTime(60_000);
    await reading;
  });
});
