import { javaPartition } from '../../faults/verdict/java-partition.ts';
import { sealBatch } from '../../support/kafka/seal-batch.ts';
import type { KafkaCluster } from '../kafka/kafka-cluster.ts';
import { writeBatch } from '../kafka/transactions/write-batch.ts';
import type { World } from '../world/world.ts';

export interface ForeignProducerDeps {
  readonly world: World;
  readonly cluster: KafkaCluster;
  readonly topic: string;
  readonly partitionCount: number;
  /** Headers of all records from this producer. */
  readonly headers: Readonly<Record<string, string>>;
  /** Size in bytes of a value that is too large for the latest-state topic. */
  readonly largeBytes: number;
}

const idPrefix = 'foreign-';
const entityCount = 20;
const firstProducerId = 500n;
/** Virtual time at which the producer stops. */
const lastMs = 60_000;

export function isForeign({ ce_id = '' }: Readonly<Record<string, string>>): boolean {
  return ce_id.startsWith(idPrefix);
}

/**
 * Starts a second producer on the receivers' topic. It writes records that receivers never write: events without a
 * revision or a key, events that are too large for a state, repeated and late events, aborted transactions, and
 * unreadable batches.
 *
 * @returns a function that stops the producer
 */
export function startForeignProducer(deps: ForeignProducerDeps): () => void {
  const { world, cluster, topic, partitionCount, headers, largeBytes } = deps;
  const { random } = world;
  const revisions = new Map<string, number>();
  let count = 0;
  let producerId = firstProducerId;
  let isOver = false;

  function createEvent() {
    count += 1;
    const id = `${idPrefix}${count}`;
    const entity = `${idPrefix}entity-${random.int(entityCount)}`;
    const highest = revisions.get(entity) ?? 0;
    // Usually, the revision is higher than all earlier ones. Some revisions are repeated or late.
    const revision = random.chance(0.7)
      ? highest + random.between(1, 3)
      : Math.max(0, highest - random.int(4));
    revisions.set(entity, Math.max(highest, revision));
    const isTracked = random.chance(0.93) && { revision: String(revision), ce_revision: String(revision) };
    const text = 'x'.repeat(random.chance(0.01) ? largeBytes : random.between(10, 200));
    return {
      partition: javaPartition(Buffer.from(entity), partitionCount),
      key: random.chance(0.01) ? null : entity,
      value: Buffer.from(JSON.stringify({ eventId: id, text })),
      headers: { ...headers, ce_specversion: '1.0', ce_id: id, ce_subject: entity, ...isTracked },
    };
  }

  function write(partition: number, events: readonly ReturnType<typeof createEvent>[]): void {
    const log = cluster.logOf(topic, partition);
    if (log === undefined) {
      return;
    }
    if (!random.chance(0.06)) {
      const batch = writeBatch(events, { nowMs: Date.now() });
      log.append(random.chance(0.01) ? spoilRecords(batch) : batch);
      log.commit();
      return;
    }
    producerId += 1n;
    const identity = { producerId, producerEpoch: 0 };
    log.append(writeBatch(events, { nowMs: Date.now(), producer: identity, firstSequence: 0 }));
    log.commit();
    const marker = random.chance(0.5) ? 'commit' : 'abort';
    world.after(random.between(1, 2_000), () => {
      log.mark({ ...identity, marker, nowMs: Date.now() });
      log.commit();
    });
  }

  runAtRandomMoments(world, lastMs, () => {
    const events = Array.from({ length: isOver ? 0 : random.between(1, 12) }, createEvent);
    for (const [partition, ofPartition] of Map.groupBy(events, (each) => each.partition)) {
      write(partition, ofPartition);
    }
  });
  return () => {
    isOver = true;
  };
}

/** Makes the records of a batch unreadable but keeps the checksum valid. */
function spoilRecords(batch: Buffer): Buffer {
  const headerBytes = 61;
  batch.fill(0xff, headerBytes);
  return sealBatch(batch);
}

/**
 * Calls a function at random intervals until the given time. Intervals are usually short, but one in ten is a long
 * pause.
 */
function runAtRandomMoments({ random, now, after }: World, untilMs: number, run: () => void): void {
  const next = (): void => {
    if (now() < untilMs) {
      run();
      after(random.chance(0.1) ? random.between(1_000, 4_000) : random.between(5, 600), next);
    }
  };
  next();
}
