import { partitionFor } from '../../../src/stores/append/partition-for.ts';
import { WireWriter } from '../../../src/stores/kafka/wire/wire-writer.ts';
import {
  type ProducerIdentity,
  writeRecordBatch,
} from '../../../src/stores/kafka/wire/write-record-batch.ts';
import { sealBatch } from '../../support/kafka/seal-batch.ts';
import type { KafkaCluster } from '../kafka/kafka-cluster.ts';
import { runAtRandomMoments } from '../world/at-random-moments.ts';
import type { World } from '../world/world.ts';

export interface EventSourceDeps {
  readonly world: World;
  readonly cluster: KafkaCluster;
  readonly topic: string;
  readonly partitionCount: number;
  /** A record with a longer value is too large for the states. */
  readonly largeBytes: number;
}

/** Writes events to their topic, as receivers do: late, repeated and overtaken ones too. */
export interface EventSource {
  /** Writes at random moments from now on, until then. */
  run(untilMs: number): void;
  readonly count: number;
  /** Ids of the events whose revision was above all that their entity had before: each of them is a state. */
  readonly newest: ReadonlySet<string>;
}

interface Event {
  readonly key: string | null;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

const entityCount = 30;
/** Of other producers, who write to the events topic in transactions. */
const foreignProducerId = 500n;

/** A batch with the right checksum whose records nobody can read. */
function spoilRecords(batch: Buffer): Buffer {
  const headerBytes = 61;
  batch.fill(0xff, headerBytes);
  return sealBatch(batch);
}

export function createEventSource({
  world,
  cluster,
  topic,
  partitionCount,
  largeBytes,
}: EventSourceDeps): EventSource {
  const { random } = world;
  const revisions = new Map<string, number>();
  const newest = new Set<string>();
  let count = 0;
  let transactions = 0n;

  function createEvent(): { readonly partition: number; readonly event: Event } {
    count += 1;
    const entity = `entity-${random.int(entityCount)}`;
    const highest = revisions.get(entity) ?? 0;
    // Mostly the next one; some come again, or too late.
    const revision = random.chance(0.7)
      ? highest + random.between(1, 3)
      : Math.max(0, highest - random.int(4));
    revisions.set(entity, Math.max(highest, revision));
    const isTracked = random.chance(0.93);
    if (isTracked && revision > highest) {
      newest.add(`event-${count}`);
    }
    const size = random.chance(0.01) ? largeBytes : random.between(10, 200);
    const key = random.chance(0.01) ? null : entity;
    return {
      partition: partitionFor(entity, partitionCount),
      event: {
        key,
        value: Buffer.from(JSON.stringify({ eventId: `event-${count}`, text: 'x'.repeat(size) })),
        headers: {
          ce_specversion: '1.0',
          ce_id: `event-${count}`,
          ce_type: 'message.delivered',
          ce_subject: entity,
          ...(isTracked && { revision: String(revision), ce_revision: String(revision) }),
        },
      },
    };
  }

  function toBatch(
    events: readonly Event[],
    producer?: ProducerIdentity & { readonly firstSequence: number },
  ): Buffer {
    const writer = new WireWriter(1_024);
    writeRecordBatch(writer, events, { now: Date.now(), producer });
    return Buffer.from(writer.written());
  }

  function write(partition: number, events: readonly Event[]): void {
    const log = cluster.logOf(topic, partition);
    if (log === undefined) {
      return;
    }
    if (!random.chance(0.06)) {
      log.append(random.chance(0.01) ? spoilRecords(toBatch(events)) : toBatch(events));
      log.commit();
      return;
    }
    transactions += 1n;
    const identity = { producerId: foreignProducerId + transactions, producerEpoch: 0 };
    log.append(toBatch(events, { ...identity, firstSequence: 0 }));
    log.commit();
    const marker = random.chance(0.5) ? 'commit' : 'abort';
    world.after(random.between(1, 2_000), () => {
      log.mark({ ...identity, marker, nowMs: Date.now() });
      log.commit();
    });
  }

  function writeSome(): void {
    const events = Array.from({ length: random.between(1, 12) }, createEvent);
    for (const [partition, ofPartition] of Map.groupBy(events, (each) => each.partition)) {
      write(
        partition,
        ofPartition.map(({ event }) => event),
      );
    }
  }

  return {
    get count() {
      return count;
    },
    newest,
    run: (untilMs) => runAtRandomMoments(world, untilMs, writeSome),
  };
}
