import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { FoundState } from '../../../../src/ports/state-eraser.ts';
import { startCuttingRelay } from '../../../support/cutting-relay.ts';
import { inVirtualTime } from '../../../support/in-virtual-time.ts';
import { own, startStatesToErase } from '../../../support/kafka/states-to-erase.ts';
import { countConnections } from '../../../support/open-connections.ts';

const [produce, listOffsets] = [0, 2];
const whenCompacted =
  'Kafka removes the erased states from latest at the next compaction, but no setting limits the time until then. Set max.compaction.lag.ms.' +
  ' Kafka also removes the tombstones 24 h later, but events of these keys may arrive or remain forever. If a filter' +
  ' reads such an event without the tombstone, the filter restores the state. Set delete.retention.ms to 9223372036854775807 or more.';
const whatStays = 'The events of these keys stay in events until retention removes them.';

test('a tombstone with the highest revision follows each state of these keys, where that lies', () =>
  inVirtualTime(async () => {
    const { add, run, heard, notices, kept, logOf } = await startStatesToErase();
    const startedAtMs = Date.now();
    add(0, ['k', 3], ['other', 1]);
    add(1, ['ключ', 9], ['k', 2], ['k', 1]);
    const state = { topic: 'latest', name: 'message.read', storedAtMs: 1_000 };
    const found: FoundState[] = [];
    await run({}, (each) => void found.push(each));
    expect(found).toEqual([
      { ...state, place: 'latest/0/0', key: 'k', revision: '3' },
      { ...state, place: 'latest/1/0', key: 'ключ', revision: '9' },
      { ...state, place: 'latest/1/2', key: 'k', revision: '2' },
    ]);
    expect(kept(0)).toEqual(['k 3', 'other 1', 'k gone 3']);
    expect(kept(1)).toEqual(['ключ 9', 'k 2', 'k 1', 'ключ gone 9', 'k gone 2']);
    expect(logOf(0)?.records(2)[0]?.timestampMs).toBeGreaterThanOrEqual(startedAtMs);
    expect(heard).toEqual(['latest/0 2', 'latest/1 3', '2', '0', '3', '0']);
    expect(notices).toEqual([whenCompacted, whatStays]);
  }));

test('what is erased is not found again, and nothing is said of when it is lost', () =>
  inVirtualTime(async () => {
    const { add, run, notices, kept } = await startStatesToErase();
    add(0, ['k', 3]);
    await run();
    notices.length = 0;
    expect(await run()).toEqual([]);
    expect(notices).toEqual([whatStays]);
    expect(kept(0)).toEqual(['k 3', 'k gone 3']);
  }));

test('a dry run writes nothing', () =>
  inVirtualTime(async () => {
    const { add, run, notices, kept } = await startStatesToErase();
    add(0, ['k', 3]);
    add(1, ['k', 4]);
    expect(await run({ dryRun: true })).toEqual(['latest/0/0 3', 'latest/1/0 4']);
    expect([kept(0), kept(1)]).toEqual([['k 3'], ['k 4']]);
    expect(notices).toEqual([whenCompacted, whatStays]);
  }));

test('what retention has removed does not count', () =>
  inVirtualTime(async () => {
    const { add, run, heard, logOf } = await startStatesToErase();
    add(0, ['k', 3]);
    add(0, ['k', 4]);
    logOf(0)?.deleteBefore(1);
    expect(await run()).toEqual(['latest/0/1 4']);
    expect(heard).toEqual(['latest/0 1', 'latest/1 0', '1', '0', '0']);
  }));

test('a topic that is missing is said beside one that is there, and is an error without one', () =>
  inVirtualTime(async () => {
    const { add, run, notices } = await startStatesToErase();
    const missing = (events: string) => ({ ...own, events, latest: `${events}.latest` });
    add(0, ['k', 3]);
    expect(await run({ topics: [missing('a'), own] })).toEqual(['latest/0/0 3']);
    expect(notices.splice(0)).toEqual([
      whenCompacted,
      'The topic a.latest does not exist: no revision filter has written to it.',
      'The events of these keys stay in a, events until retention removes them.',
    ]);
    await expect(run({ topics: [missing('a'), missing('b')] })).rejects.toThrow(
      /^There are no latest states, because no revision filter has run: Kafka \(.*\) has no topic a\.latest: did you mean latest\? If not, check KAFKA_TOPIC, .*; Kafka \(.*\) has no topic b\.latest: /,
    );
    expect(notices).toEqual([]);
  }));

test('a topic of states that stands there twice is read once', () =>
  inVirtualTime(async () => {
    const { add, run, heard, notices } = await startStatesToErase();
    add(0, ['k', 3]);
    expect(await run({ topics: [own, own, { ...own, events: 'more' }] })).toEqual(['latest/0/0 3']);
    expect(heard.filter((text) => text.includes('latest'))).toEqual(['latest/0 1', 'latest/1 0']);
    expect(notices.at(-1)).toBe(whatStays.replace('events until', 'events, more until'));
  }));

test.each([
  [produce, /^cannot write to latest-0: .* this client lacks the permission Write on topic latest/],
  [listOffsets, /^cannot read the topic latest: .*Read/],
])('a right that is missing for request %i is named, and no connection stays', async (refused, sentence) => {
  const { add, connection, run, failRequests, kept } = await startStatesToErase();
  add(0, ['k', 3]);
  failRequests((apiKey) => (apiKey === refused ? { error: 'TOPIC_AUTHORIZATION_FAILED' } : {}));
  await expect(run()).rejects.toThrow(sentence);
  expect(kept(0)).toEqual(['k 3']);
  const port = Number(connection.brokers[0]?.split(':')[1]);
  await expect.poll(() => countConnections(process.pid, [port]).get(port)).toBe(0);
});

test('what becomes of it is said also when connections have ended while its states were shown', async () => {
  const { add, cluster, connection, run, notices } = await startStatesToErase();
  const relay = await startCuttingRelay(cluster.broker(1).port);
  onTestFinished(() => relay.close());
  const { port } = relay;
  Object.assign(cluster.broker(1), { port });
  connection.brokers.splice(0, 1, `127.0.0.1:${port}`);
  add(1, ['k', 3]);
  const cut = async () => {
    relay.cutAll();
    await expect.poll(() => countConnections(process.pid, [port]).get(port)).toBe(0);
    // Both ends of the connection are in this process. The second end detects the close only in a later event-loop
    // turn, so the test waits for some turns.
    for (let turn = 0; turn < 20; turn += 1) {
      await setImmediate();
    }
  };
  expect(await run({ dryRun: true }, cut)).toEqual(['latest/1/0 3']);
  expect(notices).toEqual([whenCompacted, whatStays]);
});
