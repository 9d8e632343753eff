import { systemClock } from '../../../src/runtime/clock.ts';
import { createJournal } from '../../../src/stores/journal/journal.ts';
import { readJournal } from '../../../src/stores/journal/read-journal.ts';
import type { Fault, FaultSpan, Scenario } from '../scenario.ts';
import { planLifeFaults } from '../sinks/life-faults.ts';
import { createSinkScenario } from '../sinks/sink-scenario.ts';
import type { Random } from '../world/random.ts';
import { JournalReader } from './journal-reader.ts';

const mostFaults = 7;

/** The journal as the store. */
export const journalScenario: Scenario = createSinkScenario({
  name: 'journal',
  planFaults: planJournalFaults,
  start(world, machine) {
    const maxSegmentBytes = world.random.pick([500, 5_000, 1_000_000]);
    let hadFaults = false;
    const directoryIn = (root: string) => `${root}/data/journal`;
    const reader = new JournalReader(directoryIn(machine.mount('reader').point));
    reader.readAgainAndAgain(world);

    return {
      async openSink({ root, logger }) {
        return createJournal({ directory: directoryIn(root), logger, clock: systemClock, maxSegmentBytes });
      },
      createRecord: (id, key) => ({
        topic: 'events',
        key,
        headers: { ce_id: id },
        value: Buffer.from(JSON.stringify({ id, text: 'x'.repeat(world.random.int(200)) })),
      }),
      hasOtherWay: false,
      mayOvertake: () => false,
      strike({ kind }) {
        hadFaults ||= kind !== 'clock';
        return false;
      },
      heal: () => {},
      async read(root) {
        const inOrder: string[] = [];
        for await (const { record } of readJournal(directoryIn(root))) {
          inOrder.push(record.headers.ce_id ?? '');
        }
        await reader.read();
        return { inOrder, elsewhere: [], isExact: true, isWhole: !hadFaults, readOn: reader.seen };
      },
      judge: async () => [],
    };
  },
});

function planJournalFaults(random: Random, span: FaultSpan): readonly Fault[] {
  const faults = Array.from({ length: random.between(1, mostFaults) }, () =>
    planLifeFaults(random, span),
  ).flat();
  // Drawn last: most rounds have none.
  return random.chance(0.3) ? addTakeOver(faults, random) : faults;
}

/**
 * What chance alone brings together once in hundreds of rounds: a process loses its directory before its first append, or after
 * many, and nothing else happens to it for a while.
 */
function addTakeOver(faults: readonly Fault[], random: Random): Fault[] {
  const atMs = random.between(5_000, 30_000);
  const story = { target: 'process', forMs: 18_000 };
  return [
    ...faults.filter((fault) => fault.atMs + fault.forMs < atMs || fault.atMs > atMs + 25_000),
    { ...story, kind: random.pick(['pause', 'pause at start']), atMs, amount: random.between(50, 90) },
    { ...story, kind: 'second', atMs: atMs + random.between(100, 3_000) },
  ];
}
