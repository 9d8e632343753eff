import { expect, test } from 'vitest';
import type { ReplayRun, ReplaySource } from '../../../../src/ports/event-replay.ts';
import { createLogger } from '../../../../src/runtime/logger.ts';
import {
  type KafkaEventReplayOptions,
  openKafkaEventReplay,
} from '../../../../src/stores/kafka/consume/kafka-event-replay.ts';
import { clockSpreadMs } from '../../../../src/stores/kafka/consume/topic-positions.ts';
import { startModelBroker } from '../../../support/kafka/start-model-broker.ts';

const wanted: ReplayRun = { options: 'events', startedAtMs: 5, sinceMs: 0 };

/** A topic with two partitions. */
async function setUp() {
  const broker = await startModelBroker();
  broker.cluster.addTopic({ name: 'events', partitionCount: 2 });
  const chosen: (ReplayRun | undefined)[] = [];
  const open = (options: Partial<KafkaEventReplayOptions> = {}) =>
    openKafkaEventReplay({
      connection: broker.connection,
      logger: createLogger('silent'),
      selection: { role: 'events', topics: [{ events: 'events', deadLetter: 'dead', latest: 'latest' }] },
      groupId: 'g',
      dryRun: false,
      signal: new AbortController().signal,
      observer: { begins() {}, passed() {}, notice() {} },
      choose(remembered) {
        chosen.push(remembered);
        return remembered ?? wanted;
      },
      ...options,
    });
  const add = (partition: number, ...values: readonly string[]) =>
    broker.append(
      'events',
      partition,
      values.map((value) => ({ key: 'k', value })),
    );
  return {
    ...broker,
    open,
    chosen,
    add,
    kept: (partition: number) => broker.groupOffset('g', `events-${partition}`),
  };
}

/** Puts back what is chosen. @returns the places that were given, in the order of the partitions */
async function run(source: ReplaySource, isDone: (value: string) => boolean = () => true) {
  const places: string[] = [];
  const begun = await source.begin();
  for await (const records of source.records(begun)) {
    places.push(...records.map(({ place }) => place));
    await source.note(records.filter(({ value }) => isDone(String(value))));
  }
  return places.toSorted();
}

test('a run reads to where the partitions ended when it began, and is forgotten at its end', async () => {
  const { add, open, kept } = await setUp();
  add(0, 'a', 'b');
  add(1, 'c');
  const source = open();
  const begun = await source.begin();
  add(0, 'its own copy');
  const places: string[] = [];
  for await (const records of source.records(begun)) {
    places.push(...records.map(({ place }) => place));
    await source.note(records);
  }
  expect(places.toSorted()).toEqual(['events/0/0', 'events/0/1', 'events/1/0']);
  await source.remember();
  expect(kept(0)?.metadata).toMatch(/^events:/);
  await source.finish();
  await source.close();
  expect([kept(0), kept(1)]).toEqual([
    { offset: 2, metadata: '' },
    { offset: 1, metadata: '' },
  ]);
});

test('a run that was stopped goes on behind what is noted, to its own end', async () => {
  const { add, open, chosen } = await setUp();
  add(0, 'a', 'b', 'c');
  add(1, 'd');
  const first = open();
  expect(await run(first, (value) => 'ad'.includes(value))).toHaveLength(4);
  await first.remember();
  await first.close();
  add(0, 'later');
  const second = open();
  expect(await run(second)).toEqual(['events/0/1', 'events/0/2']);
  await second.close();
  expect(chosen).toEqual([undefined, wanted]);
});

test('what was noted and not remembered is put back again', async () => {
  const { add, open } = await setUp();
  add(0, 'a');
  const first = open();
  await run(first);
  await first.close();
  const second = open();
  expect(await run(second)).toEqual(['events/0/0']);
  await second.close();
});

test('a run that another process has taken over writes nothing any more', async () => {
  const { add, open } = await setUp();
  add(0, 'a');
  const [first, second] = [open(), open()];
  await run(first);
  await run(second);
  await expect(first.remember()).rejects.toThrow('another replay has taken this run over');
  await expect(first.finish()).rejects.toThrow('another replay has taken this run over');
  await second.finish();
  await Promise.all([first.close(), second.close()]);
});

test('a run of which a partition is not remembered had not begun: another one is chosen', async () => {
  const { add, open, chosen, cluster } = await setUp();
  add(0, 'a');
  add(1, 'b');
  const first = open();
  await first.begin();
  await first.close();
  cluster.coordination.offsets('g').delete('events-1');
  const second = open();
  await second.begin();
  await second.close();
  expect(chosen).toEqual([undefined, undefined]);
});

test('a partition that ends before the run was to end is another one', async () => {
  const { add, open, kept, cluster } = await setUp();
  add(0, 'a');
  const first = open();
  await first.begin();
  await first.close();
  const { offset = 0, metadata = '' } = kept(0) ?? {};
  cluster.coordination.offsets('g').set('events-0', offset, metadata.replace('"to":"1"', '"to":"9"'));
  const second = open();
  await expect(second.begin()).rejects.toThrow(/^events\/0 ends at 1, before 9, .*--restart/);
  await second.close();
});

test('a dry run leaves nothing behind in the group', async () => {
  const { add, open, kept } = await setUp();
  add(0, 'a');
  const source = open({ dryRun: true });
  expect(await run(source)).toEqual(['events/0/0']);
  await source.close();
  expect(kept(0)).toBeUndefined();
});

test('a copy is left out when its event is one that this run puts back whatever clocks say', async () => {
  const { append, open, cluster } = await setUp();
  const at = (minutes: number) => ({ key: 'k', value: 'v', timestampMs: 60_000 * minutes });
  const spread = clockSpreadMs / 60_000;
  // Offsets 0 to 4, each in a batch of its own.
  for (const minutes of [10, 10 + spread, 30, 50 - spread, 50]) {
    append('events', 0, [at(minutes)]);
  }
  const source = open({ choose: () => ({ ...wanted, sinceMs: 600_000, untilMs: 3_000_000 }) });
  await source.begin();
  const record = (origin: string) => ({
    origin,
    record: { topic: 'events', place: origin, key: 'k', value: Buffer.of(), headers: {}, storedAtMs: 0 },
  });
  const origins = ['events/0/0', 'events/0/1', 'events/0/2', 'events/0/3', 'events/0/4', 'events/7/0'];
  const repeated = async () =>
    [...(await source.findRepeated(origins.map(record)))].map(({ place }) => place);
  expect(await repeated()).toEqual(['events/0/1', 'events/0/2']);
  // Retention has removed the event: its copy alone is left.
  Object.assign(cluster.logOf('events', 0) ?? {}, { startOffset: 2 });
  expect(await repeated()).toEqual(['events/0/2']);
  await source.close();
});
