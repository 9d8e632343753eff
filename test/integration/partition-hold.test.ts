import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { TopicNames } from '../../src/config/kafka-config.ts';
import { createFilterKafka } from '../../src/kafka/filter-kafka.ts';
import { FencedError, type PartitionHold, type PartitionOutput } from '../../src/revisions/partition-hold.ts';
import { captureLog } from '../support/captured-log.ts';
import { createFilterTopics } from '../support/filter/filter-topics.ts';
import { connectTestProducer } from '../support/filter/test-producer.ts';
import { readTopic } from '../support/kafka/read-topic.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';

let bootstrap: string;

beforeAll(async () => {
  bootstrap = await kafkaBrokers();
});

/** Processes that share nothing but the group's name. */
function createAcquire(topics: TopicNames, groupId: string) {
  return async (): Promise<PartitionHold> => {
    const kafka = createFilterKafka({
      connection: { brokers: [bootstrap], clientId: 'test' },
      topics,
      groupId,
      sessionTimeoutMs: 6_000,
      fetchBytes: 1_048_576,
      logger: captureLog().logger,
    });
    const hold = await kafka.acquire(0, new AbortController().signal);
    onTestFinished(() => {
      hold.release();
      kafka.close();
    });
    return hold;
  };
}

function toOutput(value: string, nextOffset: number): PartitionOutput {
  const record = { timestampMs: Date.now(), key: Buffer.from('k'), value: Buffer.from(value), headers: {} };
  return { latest: [record], deadLetters: [], nextOffset, toDeadLetter: () => record };
}

async function setUp() {
  const topics = await createFilterTopics(bootstrap, { partitions: 1 });
  const send = await connectTestProducer(bootstrap);
  await send(
    topics.events,
    Array.from({ length: 10 }, (_, n) => ({ key: 'k', value: `{"revision":${n}}` })),
  );
  const read = async () =>
    (await readTopic({ bootstrap, topic: topics.latest, readCommitted: true })).map(({ value }) =>
      String(value),
    );
  return { topics, read, acquire: createAcquire(topics, randomUUID()) };
}

test('a hold starts where the last commit ended', async () => {
  const { acquire, read } = await setUp();
  const first = await acquire();
  expect(first.startOffset).toBe(0);
  await first.commit(toOutput('one', 3));
  await first.commit(toOutput('two', 7));
  const second = await acquire();
  expect(second.startOffset).toBe(7);
  expect((await second.readInput(7, 0)).records.map(({ offset }) => offset)).toEqual([7, 8, 9]);
  expect(await read()).toEqual(['one', 'two']);
});

test('whoever held the partition before can write nothing any more', async () => {
  const { acquire, read } = await setUp();
  const zombie = await acquire();
  await zombie.commit(toOutput('one', 1));
  const owner = await acquire();
  await expect(zombie.commit(toOutput('of the zombie', 2))).rejects.toThrow(FencedError);
  await owner.commit(toOutput('two', 2));
  await expect(zombie.commit(toOutput('of the zombie', 3))).rejects.toThrow(FencedError);
  expect(await read()).toEqual(['one', 'two']);
  expect((await acquire()).startOffset).toBe(2);
});

test.for([0, 1, 2, 4, 8, 16])(
  'offset and states agree for the next owner of one cut off after %s ms',
  async (afterMs) => {
    const { acquire, read } = await setUp();
    const first = await acquire();
    await first.commit(toOutput('one', 1));
    const cut = first.commit(toOutput('cut off', 2)).then(
      () => true,
      () => false,
    );
    await delay(afterMs);
    first.release();
    const second = await acquire();
    const states: string[] = [];
    for await (const { records } of second.readLatest(0)) {
      states.push(...records.map(({ value }) => String(value)));
    }
    expect(states).toEqual(second.startOffset === 2 ? ['one', 'cut off'] : ['one']);
    expect((await cut) && second.startOffset === 1).toBe(false);
    expect(await read()).toEqual(states);
  },
);

test('records that left the topic before they were read are skipped, and that is said', async () => {
  const { acquire } = await setUp();
  const hold = await acquire();
  await hold.commit(toOutput('one', 500));
  const next = await acquire();
  expect(next.startOffset).toBe(500);
  const read = await next.readInput(500, 0);
  expect(read).toMatchObject({ records: [], nextOffset: 0 });
  expect((await next.readInput(0, 0)).records).toHaveLength(10);
});
