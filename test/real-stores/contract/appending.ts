import { expect, test } from 'vitest';
import type { SinkError } from '../../../src/ports/sink.ts';
import { partitionFor } from '../../../src/stores/append/partition-for.ts';
import { createRecord } from '../../support/kafka-sink.ts';
import { openSink, type ServedStore, startSink } from './served-store.ts';

export function describeAppending(served: () => ServedStore): void {
  test('it stores key, bytes and headers as they are, in the part of the key', async () => {
    const { parts, createPlace, read } = served();
    const place = await createPlace();
    const { append } = await startSink(place);
    const records = Array.from({ length: 60 }, (_, index) => {
      const key = `entity-ä-${index}`;
      const headers = { ce_id: `${index}`, ce_subject: key, empty: '', text: 'ünï-😀' };
      return { topic: place.events, key, value: Buffer.from([0, 255, index, 0x22, 0x0d, 0x0a]), headers };
    });
    const letter = {
      ...{ topic: place.deadLetter, key: null, value: Buffer.from([0xff, 0, 0xfe]) },
      headers: { reason: 'not_json' },
    };

    expect(await append([...records, letter])).toEqual([]);

    const shown = (await read(place, place.events)).map(({ partition, key, value, headers }) => ({
      ...{ partition, key: String(key), value: value?.toString('hex'), headers: { ...headers } },
    }));
    expect(shown.toSorted((a, b) => Number(a.headers.ce_id) - Number(b.headers.ce_id))).toEqual(
      records.map(({ key, value, headers }) => ({
        ...{ partition: partitionFor(key, parts), key, value: value.toString('hex'), headers },
      })),
    );
    expect(await read(place, place.deadLetter)).toMatchObject([
      { key: null, value: letter.value, headers: letter.headers },
    ]);
  });

  test('it keeps the order of a key, in one append and over many at once', async () => {
    const { createPlace, read } = served();
    const place = await createPlace();
    const { append, registry } = await startSink(place);
    const records = Array.from({ length: 2_000 }, () => createRecord(place.events, 'one entity'));
    const appends = [append(records.slice(0, 500)), ...records.slice(500).map((record) => append([record]))];
    expect((await Promise.all(appends)).flat()).toEqual([]);
    expect((await read(place, place.events)).map(({ value }) => String(value))).toEqual(
      records.map(({ value }) => String(value)),
    );
    // For a journal, this metric does not exist, and the sum is 0.
    const counts = (await registry.metrics()).matchAll(/produce_duration_seconds_count\{.*\} (\d+)$/gm);
    expect([...counts].reduce((sum, [, count]) => sum + Number(count), 0)).toBeLessThan(200);
  });

  test('it stores or refuses what comes before it is reached, and stores what is in flight when it closes; then it refuses', async () => {
    const { createPlace, read } = served();
    const place = await createPlace();
    const { append, sink, started } = await openSink(place);
    const early = await append([createRecord(place.events, 'a')]).catch(
      (error: SinkError) => error.code ?? error.message,
    );
    expect([[], 'sink_unavailable']).toContainEqual(early);
    await started;
    expect(sink.health()).toEqual({ up: true, detail: '' });
    const last = createRecord(place.events, 'a');
    const appended = append([last]);
    await sink.close();
    expect(await appended).toEqual([]);
    await expect(append([last])).rejects.toMatchObject({ code: 'sink_closed' });
    const values = (await read(place, place.events)).map(({ value }) => String(value));
    expect(values).toHaveLength(typeof early === 'string' ? 1 : 2);
    expect(values.at(-1)).toBe(String(last.value));
  });

  test('it rejects the one record that is too large by its place, and stores its neighbours in order', async () => {
    const { createPlace, read, tooLargeBytes } = served();
    const place = await createPlace();
    const { append } = await startSink(place);
    const records = Array.from({ length: 100 }, (_, index) =>
      createRecord(place.events, 'one entity', index === 67 ? (tooLargeBytes ?? 2_000_000) : 900),
    );
    const isRejected = (index: number) => tooLargeBytes !== undefined && index === 67;
    const rejections = [{ index: 67, reason: 'too_large' }].filter(({ index }) => isRejected(index));
    expect(await append(records)).toEqual(rejections);
    const expected = records.filter((_, index) => !isRejected(index)).map(({ value }) => String(value));
    const stored = (await read(place, place.events)).map(({ value }) => String(value));
    // The store may have kept a part of a batch that it rejected because of one invalid record.
    expect([...new Set(stored)]).toEqual(expected);
    expect(await append(records.slice(0, 1))).toEqual([]);
  });
}
