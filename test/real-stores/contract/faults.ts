import { expect, onTestFinished, test } from 'vitest';
import { type Sink, SinkError, type SinkHealth } from '../../../src/ports/sink.ts';
import { partitionFor } from '../../../src/stores/append/partition-for.ts';
import { createRecord } from '../../support/kafka-sink.ts';
import { sampleRecords } from '../../support/sampled-records.ts';
import { findDisorder, type SinkLoad, startSinkLoad } from '../../support/sink-load.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { endWithTest, wantAbility, wantFault } from './declared.ts';
import {
  budgetMs,
  type FaultName,
  type Place,
  providerMs,
  type ServedStore,
  startSink,
} from './served-store.ts';

const faults: readonly FaultName[] = ['is killed', 'hangs', 'has its connections cut'];
const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const rounds = 2;

export function describeFaults(served: () => ServedStore): void {
  test.for(faults)(
    'it %s under load: nothing acknowledged is lost or out of order, each hears in time, and then it serves again, by itself',
    async (name, { skip }) => {
      const fault = wantFault(served(), name, skip);
      const place = await served().createPlace();
      const { sink, append } = await startSink(place);
      expect(await append([createRecord(place.events, 'a')])).toEqual([]);
      const load = startSinkLoad({ sink, topic: place.events, keys, budgetMs });
      onTestFinished(() => load.stop());
      await waitForMore(sink, load);
      for (let round = 0; round < rounds; round += 1) {
        const before = load.refused.length;
        await fault.begin();
        if (name !== 'has its connections cut') {
          await waitFor(sink, 'it refuses, and says so', ({ up }) => load.refused.length > before && !up);
          expect(sink.health().detail).not.toBe('');
        }
        await fault.end();
        await waitForMore(sink, load);
        await waitFor(sink, 'it says so', ({ up }) => up);
      }
      await load.stop();
      await judge(place, load);
      if (name === 'hangs') {
        await fault.begin();
        await sink.close();
        await fault.end();
      }
    },
  );

  test('one part that rejects writes holds up no other, and takes records again, by itself, when it is fixed', async ({
    skip,
  }) => {
    const { createPlace, parts, read, ...own } = served();
    const place = await createPlace();
    const { store, sink, append } = await startSink(place);
    const spoilPart = wantAbility(store, 'parts', own.spoilPart, skip);
    const keyOf = (index: number) => `entity-${index}`;
    const isBad = (key: string) => partitionFor(key, parts) === 0;
    const all = Array.from({ length: 60 }, (_, index) => createRecord(place.events, keyOf(index)));
    const good = all.filter(({ key }) => !isBad(key ?? ''));
    const bad = all.filter(({ key }) => isBad(key ?? ''));
    expect([good.length > 10, bad.length > 10]).toEqual([true, true]);
    const fault = endWithTest(spoilPart(place));
    await fault.begin();
    const [refused, ...taken] = await Promise.all([
      append(bad.slice(0, 1), 4_000).catch((error: unknown) => error),
      ...good.map((record) => append([record], 3_000)),
    ]);
    expect(refused).toBeInstanceOf(SinkError);
    expect(taken.flat()).toEqual([]);
    await fault.end();
    const again = bad.slice(1);
    await waitUntil(() => append(again).then((rejections) => rejections.length === 0), {
      timeoutMs: 60_000,
      what: 'the part takes records again',
    });
    await waitFor(sink, 'it says so', ({ up }) => up);
    const values = new Set((await read(place, place.events)).map(({ value }) => String(value)));
    expect([...good, ...again].filter(({ value }) => !values.has(String(value)))).toEqual([]);
  });

  test('what it acknowledged is read back; what somebody removed is found out, and is not judged while it is unavailable', async ({
    skip,
  }) => {
    const place = await served().createPlace();
    const { taken, ...sampler } = sampleRecords();
    const { store, append } = await startSink(place, { ...sampler, take: (record) => taken.push(record) });
    const removeEvents = wantAbility(store, 'readBack', served().removeEvents, skip);
    const fault = wantFault(served(), 'is killed', skip);
    const create = () => Array.from({ length: 20 }, (_, index) => createRecord(place.events, `k-${index}`));
    for (const count of [1, 20, 1, 20]) {
      await append(create().slice(0, count));
    }
    expect(taken.length).toBeGreaterThanOrEqual(4);
    for (const record of taken) {
      expect(await record.readBack()).toEqual({ outcome: 'same', detail: '' });
      expect(record.id).toMatch(/^\d+-\d+$/);
    }
    const [first] = taken;
    await fault.begin();
    await expect(first?.readBack()).rejects.toThrow();
    await fault.end();
    const outcomeOf = async (record = first) => (await record?.readBack().catch(() => undefined))?.outcome;
    await waitUntil(async () => (await outcomeOf()) === 'same', { timeoutMs: 30_000, what: 'it is there' });

    await removeEvents(place);
    expect(await first?.readBack()).toMatchObject({ outcome: 'missing', detail: expect.stringMatching(/./) });
    await waitUntil(() => append(create()).then(() => true), { timeoutMs: 30_000, what: 'it serves again' });
    expect(await outcomeOf(taken.at(-1))).toBe('same');
  });

  async function judge(place: Place, load: SinkLoad): Promise<void> {
    const stored = await served().read(place, place.events);
    const values = new Set(stored.map(({ value }) => String(value)));
    expect(load.acknowledged.filter(({ value }) => !values.has(String(value)))).toEqual([]);
    expect(findDisorder(load, stored)).toEqual([]);
    // Each delivery must get a response within the provider's timeout of ten seconds.
    const answers = [...load.acknowledged, ...load.refused].map(({ tookMs }) => tookMs);
    expect(Math.max(...answers)).toBeLessThan(providerMs);
  }
}

async function waitForMore(sink: Sink, load: SinkLoad): Promise<void> {
  const before = load.acknowledged.length;
  await waitFor(sink, 'it takes records', () => load.acknowledged.length >= before + 50);
}

/** Waits for a health state of the sink. If the wait times out, the error contains the health detail. */
function waitFor(sink: Sink, what: string, ask: (health: SinkHealth) => boolean): Promise<void> {
  const poll = () => `${ask(sink.health())}: ${sink.health().detail}`;
  return expect.poll(poll, { timeout: 60_000, message: what }).toMatch(/^true/);
}
