import { Registry } from 'prom-client';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createSpoolingSink } from '../../../src/stores/spool/spooling-sink.ts';
import { javaPartition } from '../../faults/verdict/java-partition.ts';
import { kafkaScenario } from '../kafka/kafka-scenario.ts';
import { countSegments } from '../receiver/spool-disk.ts';
import type { Scenario } from '../scenario.ts';
import { removeSegment } from '../sinks/remove-segment.ts';
import { noRecord, SentRecords } from '../sinks/sent-records.ts';
import { createSinkScenario } from '../sinks/sink-scenario.ts';
import { planSpoolFaults } from './plan-spool-faults.ts';
import { partitionCount, type RecordFate, SpoolStore, type StoreMood, topics } from './spool-store.ts';

/** Size limit that is larger than the total size of all records in a round. */
const mostBytes = { small: 900_000, large: 40_000_000 };
/** Large deliveries, which the provider may also send. */
const large = { share: 0.02, most: 500, valueBytes: 1_500 };
/**
 * Maximum time until records are stored. The sink waits for two timeouts before it treats a part of the store as
 * unresponsive.
 */
const flowMs = { steady: 12_000, interrupted: 30_000 };

/**
 * Tests the spool in front of a Kafka cluster that rejects records, hangs, or omits responses. The code that writes to
 * Kafka is the production code.
 */
export const spoolScenario: Scenario = createSinkScenario({
  name: 'spool',
  load: kafkaScenario.load,
  planFaults: planSpoolFaults,
  start(world, machine, network) {
    const { random } = world;
    const store = new SpoolStore(world, network);
    const hasLarge = random.chance(0.3);
    const maxBytes = random.pick([30_000, 1_000_000, 64_000_000]);
    const directoryIn = (root: string) => `${root}/data/spool`;
    const sent = new SentRecords();
    /** Ids of records that differed from the originals when they were read from the spool after a fault. */
    const altered = new Set<string>();
    let isExact = true;
    let isWhole = maxBytes > mostBytes[hasLarge ? 'large' : 'small'];
    let valueBytes = 200;
    /**
     * Whether the only faults so far are partitions that reject records, a temporarily unavailable store, and killed
     * processes.
     */
    let isFlowing = true;
    let isInterrupted = false;
    const refused = new Set<number>();
    /** Share of records that the store has a reason to reject, until all faults have healed. */
    let oddShare = 0.03;

    return {
      async openSink({ root, logger }) {
        const deps = { registry: new Registry(), clock: systemClock, logger };
        return createSpoolingSink({
          ...deps,
          config: { directory: directoryIn(root), maxBytes },
          store: await store.openSink(deps),
          topics,
        });
      },
      createRecord(id, key) {
        const fate: RecordFate = random.chance(oddShare) ? 'rejected' : 'stored';
        return sent.add({
          topic: random.chance(oddShare) ? 'others' : 'events',
          key,
          headers: { ce_id: id, fate, 'received-at': new Date().toISOString() },
          value: Buffer.from('x'.repeat(random.int(valueBytes))),
        });
      },
      nextBatchSize() {
        const isLarge = hasLarge && random.chance(large.share);
        valueBytes = isLarge ? large.valueBytes : 200;
        return isLarge ? random.between(100, large.most) : random.between(1, 3);
      },
      hasOtherWay: true,
      isOdd: ({ topic, headers }) => topic === 'others' || headers.fate !== 'stored',
      strike(fault) {
        const { kind, forMs, target, amount = 0 } = fault;
        for (const id of sent.readSegments(machine.disk)) {
          if (!sent.has(id) && !id.startsWith(noRecord)) {
            altered.add(id);
          }
        }
        const removed = removeSegment(fault, { world, machine, sent, directoryIn });
        for (const id of removed ?? []) {
          altered.add(id);
        }
        const isRefusal = kind.startsWith('refuses');
        const isInterruption = kind === 'kill' || (kind === 'away' && target === 'store');
        isFlowing &&= isRefusal || isInterruption;
        isInterrupted ||= isInterruption;
        isExact &&= target === 'disk' || kind === 'clock';
        isWhole &&= target === 'store' || kind === 'clock';
        if (isRefusal) {
          world.note('store', `partition ${amount} ${kind}`);
          refused.add(amount);
          store.refuse(amount, kind.includes('loud') ? 'loud' : 'silent');
          world.after(forMs, () => store.take(amount));
        } else if (target === 'store') {
          world.note('store', kind);
          store.mood = kind as StoreMood;
          world.after(forMs, () => {
            store.mood = 'well';
          });
        }
        return target === 'store' || removed !== undefined;
      },
      heal() {
        store.mood = 'well';
        for (let partition = 0; partition < partitionCount; partition += 1) {
          store.take(partition);
        }
        oddShare = 0;
      },
      async judge(root) {
        const left = await countSegments(directoryIn(root));
        return left === 0 ? [] : [`${left} segments are left in the spool`];
      },
      async read() {
        return {
          inOrder: [...store.read('events'), ...store.read('others')].map((each) => sent.idOf(each)),
          elsewhere: [...store.read('dead').map((each) => sent.idOf(each)), ...altered],
          isExact,
          isWhole,
          ...(isFlowing && {
            flow: {
              withinMs: isInterrupted ? flowMs.interrupted : flowMs.steady,
              isConcerned: (key: string) => !refused.has(javaPartition(Buffer.from(key), partitionCount)),
              storedMs: store.storedMs,
            },
          }),
        };
      },
    };
  },
});
