import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/runtime/clock.ts';
import { readJournal } from '../../../src/stores/journal/read-journal.ts';
import { openStore, startCommandSink } from '../../../src/stores/open-store.ts';
import { captureLog } from '../../support/captured-log.ts';
import { deadlineIn } from '../../support/deadline-in.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

const topics = { events: 'e', deadLetter: 'd', latest: 'l' };
const { logger } = captureLog();

async function setUp() {
  const dataDir = temporaryDirectory();
  const store = await openStore({ kind: 'journal', dataDir });
  const startSink = () => startCommandSink(store, { topics: [topics], maxBodyBytes: 1_000, logger });
  async function filterOnce(of: readonly (typeof topics)[]) {
    const filter = await store.openFilter();
    if (!('runOnce' in filter)) {
      throw new Error('The filter of the journal does not end');
    }
    return filter.runOnce({ topics: of, windowMs: 60_000, clock: systemClock, logger });
  }
  return { dataDir, store, startSink, filterOnce };
}

const record = { topic: 'e', key: 'k', value: Buffer.from('{"eventId":"1"}'), headers: { ce_id: '1' } };

test('each topic is filtered by itself, with its states in a directory of its own', async () => {
  const { dataDir, startSink, filterOnce } = await setUp();
  const sink = await startSink();
  const headers = { ce_specversion: '1.0', ce_id: '1', ce_subject: 'k', ce_type: 'message.read' };
  // The events of one entity are in two topics. This can happen if different rules match an event name and its family.
  const at = (topic: string, revision: string) => ({ ...record, topic, headers: { ...headers, revision } });
  await sink.append([at('e', '5'), at('m', '3'), at('m', '2'), at('d', '9')], deadlineIn(5_000));
  await sink.close();
  const both = [topics, { events: 'm', latest: 'm.states', deadLetter: 'd' }];
  expect(await filterOnce(both)).toEqual([
    { topic: 'e', forwarded: 1, directory: join(dataDir, 'latest') },
    { topic: 'm', forwarded: 1, obsolete: 1, directory: join(dataDir, 'latest.m') },
  ]);
  const states: unknown[] = [];
  for await (const { record: state } of readJournal(join(dataDir, 'latest.m'))) {
    states.push([state.topic, state.key, state.headers.revision]);
  }
  expect(states).toEqual([['m.states', 'k', '3']]);
  const again = await filterOnce(both);
  expect(again.map(({ forwarded }) => forwarded)).toEqual([undefined, undefined]);
});

test('a second writer is refused in time, with advice', async () => {
  const { startSink } = await setUp();
  const first = await startSink();
  await expect(startSink()).rejects.toThrow(
    /^The store is unavailable: .* \(only one process can write to a journal: stop the receiver first\)$/,
  );
  await first.close();
});

test('it shows and checks its directory', async () => {
  const { store, dataDir } = await setUp();
  expect(store.describe([topics])).toEqual([['store', `journal in ${dataDir}`]]);
  const results = await store.check({
    topics: [topics],
    maxBodyBytes: 1,
    windowMs: 259_200_000,
    nowMs: 0,
    logger,
  });
  expect(results).toMatchObject([{ area: 'store' }]);
});
