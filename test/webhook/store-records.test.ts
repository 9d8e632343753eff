import { expect, test, vi } from 'vitest';
import { type ReceiverSink, SinkError } from '../../src/ports/sink.ts';
import { EventFields } from '../../src/webhook/event-fields.ts';
import { type KeyRules, parseKeyRules } from '../../src/webhook/key-rules.ts';
import { planRecords } from '../../src/webhook/plan-records.ts';
import { noDeadLetters, storeRecords } from '../../src/webhook/store-records.ts';
import { trustDeadLetter } from '../../src/webhook/verified-body.ts';
import { createMemorySink } from '../support/memory-sink.ts';

const facts = {
  webhook: 'w',
  topics: { events: 'events', deadLetter: 'dead' },
  commonHeaders: { 'received-at': '2024-01-01T00:00:00.000Z', webhook: 'w' },
};
const fields = new EventFields(parseKeyRules('*=id') as KeyRules);
const plan = (body: string) => planRecords(trustDeadLetter(Buffer.from(body)), facts, fields);
const storedIn = (sink: ReturnType<typeof createMemorySink>) =>
  sink.records.map(({ topic, value }) => `${topic} ${value.toString()}`);

test('stores events and dead letters in one append, and counts them', async () => {
  const sink = createMemorySink();
  const append = vi.spyOn(sink, 'append');
  const counts = await storeRecords(sink, plan('[7,{"id":"a"},8]'), 0);
  expect(append).toHaveBeenCalledTimes(1);
  expect(counts).toEqual({ stored: 1, spooled: 0, deadLettered: new Map([['not_object', 2]]) });
  expect(storedIn(sink)).toEqual(['events {"id":"a"}', 'dead 7', 'dead 8']);
});

test('counts no dead letters where there are none', async () => {
  expect(await storeRecords(createMemorySink(), plan('{"id":"a"}'), 0)).toEqual({
    stored: 1,
    spooled: 0,
    deadLettered: noDeadLetters,
  });
});

test('makes a dead letter of each event that the store rejects, with its place in the batch, in the same time', async () => {
  const sink = createMemorySink();
  sink.reject = ({ topic, key }) => (topic === 'events' && key !== 'a' ? 'too_large' : undefined);
  const append = vi.spyOn(sink, 'append');
  const counts = await storeRecords(sink, plan('[7,{"id":"a"},{"id":"b"},{"id":"c"}]'), 99);
  expect(counts).toEqual({
    stored: 1,
    spooled: 0,
    deadLettered: new Map([
      ['not_object', 1],
      ['too_large', 2],
    ]),
  });
  const headers = { reason: 'too_large', 'batch-size': '4' };
  expect(sink.records.slice(-2)).toMatchObject([
    { topic: 'dead', headers: { ...headers, 'batch-index': '2' } },
    { topic: 'dead', headers: { ...headers, 'batch-index': '3' } },
  ]);
  expect(append.mock.calls.map(([, deadline]) => deadline)).toEqual([99, 99]);
});

test('counts events that are in the spool separately, and makes no dead letters of them', async () => {
  const sink = createMemorySink();
  const append: ReceiverSink['append'] = async (records) =>
    records.flatMap(({ key }, index) => {
      const reason = key === 'b' ? 'too_large' : key === 'a' ? undefined : 'spooled';
      return reason === undefined ? [] : [{ index, reason }];
    });
  const counts = await storeRecords(
    { ...sink, append },
    plan('[7,{"id":"a"},{"id":"b"},{"id":"c"},{"id":"d"}]'),
    99,
  );
  expect(counts).toEqual({
    stored: 1,
    spooled: 2,
    deadLettered: new Map([
      ['not_object', 1],
      ['too_large', 1],
    ]),
  });
});

test.each(['[7]', '[{"id":"a"}]'])('refuses %s when the store rejects its dead letter too', async (body) => {
  const sink = createMemorySink();
  sink.reject = () => 'rejected_by_broker';
  await expect(storeRecords(sink, plan(body), 0)).rejects.toMatchObject({
    name: 'Refusal',
    code: 'dead_letter_refused',
  });
});

test('passes on what the store throws', async () => {
  const sink = createMemorySink();
  sink.failure = new SinkError('sink_full', 'a test said so');
  await expect(storeRecords(sink, plan('{"id":"a"}'), 0)).rejects.toBe(sink.failure);
});

test('does not ask the store for a body without events', async () => {
  const sink = createMemorySink();
  sink.failure = new SinkError('sink_full', 'a test said so');
  expect(await storeRecords(sink, plan('[]'), 0)).toEqual({
    stored: 0,
    spooled: 0,
    deadLettered: noDeadLetters,
  });
});
