import { Registry } from 'prom-client';
import { systemClock } from '../../../src/runtime/clock.ts';
import { inspectSpool } from '../../../src/spool/find-spooled.ts';
import { openSpoolingSink } from '../../../src/spool/open-spooling-sink.ts';
import type { Scenario } from '../scenario.ts';
import { createSinkScenario } from '../sinks/sink-scenario.ts';
import { ModelStore, type RecordFate, type StoreMood } from './model-store.ts';
import { Person } from './person.ts';
import { type personDoes, planSpoolFaults } from './plan-spool-faults.ts';
import { StoreSink } from './store-sink.ts';

const topics = [
  { events: 'events', deadLetter: 'dead' },
  { events: 'others', deadLetter: 'dead' },
];
/** More than all records of a round take. */
const mostBytes = 900_000;
const drainOnCloseMs = 5_000;

/** The spool before a store that refuses, hangs, and forgets to answer. */
export const spoolScenario: Scenario = createSinkScenario({
  name: 'spool',
  planFaults: planSpoolFaults,
  start(world, machine) {
    const { random } = world;
    const store = new ModelStore(world);
    const options = {
      maxBytes: random.pick([30_000, 1_000_000, 64_000_000]),
      maxSegmentBytes: random.pick([500, 5_000, 1_000_000]),
    };
    const directoryIn = (root: string) => `${root}/data/spool`;
    const person = new Person(directoryIn(machine.mount('person').point));
    let isExact = true;
    let isWhole = options.maxBytes > mostBytes;
    /** Until all faults are over, some records are odd. */
    let oddShare = 0.03;

    return {
      openSink: async ({ root, logger }) =>
        openSpoolingSink({
          ...options,
          directory: directoryIn(root),
          store: new StoreSink(store),
          // After a change of the settings: what the spool has for the other topic is set aside.
          topics: random.chance(0.8) ? topics : topics.slice(0, 1),
          drainOnCloseMs,
          registry: new Registry(),
          clock: systemClock,
          logger,
        }),
      createRecord(id, key) {
        const fate = random.chance(oddShare)
          ? random.pick<RecordFate>(['rejected', 'without route', 'poison'])
          : 'stored';
        return {
          topic: random.chance(oddShare) ? 'others' : 'events',
          key,
          headers: { ce_id: id, fate, 'received-at': new Date().toISOString() },
          value: Buffer.from('x'.repeat(random.int(200))),
        };
      },
      hasOtherWay: true,
      standstills: store.standstills,
      mayOvertake: ({ topic, headers }) => topic === 'others' || headers.fate !== 'stored',
      strike({ kind, forMs, target }) {
        isExact &&= target === 'disk' || kind === 'clock';
        isWhole &&= target === 'store' || kind === 'clock' || kind.startsWith('takes');
        if (target === 'person') {
          world.note('person', kind);
          void act(person, kind as (typeof personDoes)[number]).catch(() => {});
        } else if (kind === 'no routes') {
          store.lacksRoutes = true;
          world.after(forMs, () => {
            store.lacksRoutes = false;
          });
        } else if (target === 'store') {
          world.note('store', kind);
          store.mood = kind as StoreMood;
          world.after(forMs, () => {
            store.mood = 'well';
          });
        }
        return target === 'person' || target === 'store';
      },
      heal() {
        store.mood = 'well';
        store.lacksRoutes = false;
        oddShare = 0;
      },
      async judge(root) {
        const { records } = await inspectSpool(directoryIn(root));
        return records === 0 ? [] : [`${records} records are left in the spool`];
      },
      async read() {
        const idOf = ({ headers }: { headers: Readonly<Record<string, string>> }) => headers.ce_id ?? '';
        return {
          inOrder: store.stored.filter(({ topic }) => topic !== 'dead').map(idOf),
          elsewhere: [
            ...store.stored.filter(({ topic }) => topic === 'dead').map(idOf),
            ...person.taken,
            ...(await person.readSetAside()),
          ],
          isExact,
          isWhole,
        };
      },
    };
  },
});

async function act(person: Person, what: (typeof personDoes)[number]): Promise<void> {
  switch (what) {
    case 'takes away':
      return person.takeAway();
    case 'takes back':
      return person.askToTakeBack();
    case 'removes the lock':
      return person.removeLock();
  }
}
