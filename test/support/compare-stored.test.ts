import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EventSource } from '../../src/tools/provider/simulator/event-source.ts';
import { findEventKey } from '../../src/webhook/event-key.ts';
import { appendRecords } from './append-records.ts';
import { compareStored } from './compare-stored.ts';
import { eventSlice } from './event-slice.ts';
import { temporaryDirectory } from './test-receiver.ts';

const seed = 11;

test('an event that is not stored, or otherwise than it was sent, is found, and others are skipped', async () => {
  const env = { DATA_DIR: temporaryDirectory() };
  mkdirSync(join(env.DATA_DIR, 'journal'));
  const source = new EventSource(seed);
  const events = [0, 1, 2, 3, 4].map((slot) => source.at(slot));
  const records = events.map(({ eventId, json }) => ({
    topic: 'comapi.events',
    key: findEventKey(eventSlice(json))?.key ?? '',
    value: Buffer.from(json),
    headers: { ce_id: eventId },
  }));
  const ids = events.map(({ eventId }) => eventId);
  const [, first, second, third] = records as typeof records & Record<1 | 2 | 3, (typeof records)[0]>;
  const run = { seed, events: events.length, accepted: new Set(ids), env };

  await appendRecords(env, [
    first,
    first,
    { ...second, value: Buffer.concat([second.value, Buffer.from(' ')]) },
    { ...third, key: 'another' },
    { ...third, headers: { ce_id: 'of-another-run' } },
  ]);
  expect(await compareStored(run)).toEqual({
    records: 4,
    problems: [`altered ${ids[2]}`, `misplaced ${ids[3]}`, `missing ${ids[0]}`, `missing ${ids[4]}`],
  });
  // The event was not acknowledged.
  const { problems } = await compareStored({ ...run, accepted: new Set([ids[1] ?? '']) });
  expect(problems.filter((text) => text.startsWith('missing'))).toEqual([]);
});
