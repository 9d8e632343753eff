import { systemClock } from '../../../src/runtime/clock.ts';
import { createJournal } from '../../../src/stores/journal/journal.ts';
import type { Fault, FaultSpan, Scenario } from '../scenario.ts';
import { planLifeFaults } from '../sinks/life-faults.ts';
import { removeSegment, withRemoval } from '../sinks/remove-segment.ts';
import { SentRecords } from '../sinks/sent-records.ts';
import { createSinkScenario } from '../sinks/sink-scenario.ts';
import type { Random } from '../world/random.ts';
import { JournalReader } from './journal-reader.ts';

const maxFaults = 7;

export const journalScenario: Scenario = createSinkScenario({
  name: 'journal',
  planFaults: planJournalFaults,
  start(world, machine) {
    const maxSegmentBytes = world.random.pick([500, 5_000, 1_000_000]);
    let hadFaults = false;
    /** Ids of the records in segments that another program removed. */
    const removed: string[] = [];
    const directoryIn = (root: string) => `${root}/data/journal`;
    const sent = new SentRecords();
    const reader = new JournalReader(directoryIn(machine.mount('reader').point), sent);
    reader.readAgainAndAgain(world);

    return {
      async openSink({ root, logger }) {
        return createJournal({ directory: directoryIn(root), logger, clock: systemClock, maxSegmentBytes });
      },
      createRecord: (id, key) =>
        sent.add({
          topic: 'events',
          key,
          headers: { ce_id: id },
          // The values of one key are not valid UTF-8.
          value: Buffer.from(`${id}: ${'ü'.repeat(world.random.int(200))}`, key === 'k0' ? 'latin1' : 'utf8'),
        }),
      hasOtherWay: false,
      isOdd: () => false,
      strike(fault) {
        hadFaults ||= fault.kind !== 'clock';
        const ids = removeSegment(fault, { world, machine, sent, directoryIn });
        removed.push(...(ids ?? []));
        return ids !== undefined;
      },
      heal: () => {},
      async read() {
        const inOrder = sent.readSegments(machine.disk);
        await reader.read();
        const readOn = new Set([...reader.seen, ...removed]);
        return { inOrder, elsewhere: removed, isExact: true, isWhole: !hadFaults, readOn };
      },
      judge: async () => [],
    };
  },
});

function planJournalFaults(random: Random, span: FaultSpan): readonly Fault[] {
  const faults = Array.from({ length: random.between(1, maxFaults) }, () =>
    planLifeFaults(random, span),
  ).flat();
  // Some rounds also remove a segment. This random number is drawn last, so that the other faults stay the same.
  return withRemoval(random.chance(0.3) ? addTakeOver(faults, random) : faults, random, span);
}

/**
 * Adds a rare combination that random planning creates only once in hundreds of rounds. A process loses its directory
 * before its first append or after many appends, and no other fault affects the process for a while.
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
