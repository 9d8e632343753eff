import { loadReceiverConfig } from '../../../src/config/receiver-config.ts';
import type { Sink, SinkRecord } from '../../../src/ports/sink.ts';
import { openStore } from '../../../src/stores/open-store.ts';
import type { SinkDeps } from '../../../src/stores/store.ts';
import type { RequestFault } from '../kafka/broker-session.ts';
import { KafkaCluster, type Topic } from '../kafka/kafka-cluster.ts';
import { listenAsBroker } from '../kafka/listen-as-broker.ts';
import { readCommittedLog } from '../kafka/read-log.ts';
import { toErrorCode } from '../kafka/transactions/error-code.ts';
import type { ProducedPart } from '../kafka/transactions/produce-api.ts';
import type { ReadRecord } from '../kafka/transactions/read-batch.ts';
import type { Link, Network } from '../network/network.ts';
import type { World } from '../world/world.ts';

/**
 * Current behaviour of the store. `away`: unreachable. `failing`: rejects all requests. `hanging`: does not respond.
 * `forgetful`: stores requests but does not respond to half of them. `slow`: takes seconds for each response.
 */
export type StoreMood = 'well' | 'away' | 'failing' | 'hanging' | 'forgetful' | 'slow';

/**
 * Whether the simulated store accepts a record. A test decides this when it creates the record, and writes it to the
 * `fate` header.
 */
export type RecordFate = 'stored' | 'rejected';

/** How a partition rejects records. `loud`: with an error. `silent`: its broker does not respond. */
export type Refusal = 'loud' | 'silent';

export const topics = [
  { events: 'events', deadLetter: 'dead' },
  { events: 'others', deadLetter: 'dead' },
];
/** Number of partitions of each topic. A different broker leads each partition. */
export const partitionCount = 2;
const produceKey = 0;
const slowMs = 1_500;

/**
 * A simulated Kafka cluster to which the spool sends its records. The cluster outlives the processes that send records.
 */
export class SpoolStore {
  readonly cluster: KafkaCluster;
  /**
   * Partitions of the events topics that reject all records, regardless of the state of the store, and how each of them
   * rejects records.
   */
  readonly #refusals = new Map<number, Refusal>();
  /** Time at which a record was first stored, by id. */
  readonly storedMs = new Map<string, number>();
  readonly #world: World;
  readonly #network: Network;
  readonly #topics: readonly Topic[];
  #mood: StoreMood = 'well';

  constructor(world: World, network: Network) {
    this.#world = world;
    this.#network = network;
    this.cluster = new KafkaCluster({
      ...{ world, brokerCount: 3, listen: listenAsBroker(network) },
      hooks: {
        onRequest: ({ apiKey }) => (apiKey === produceKey ? this.#troubleProduce() : {}),
        refuse: (_asked, part) => this.#refuse(part),
      },
    });
    const settings = { 'min.insync.replicas': '2', 'max.message.bytes': '11000000' };
    this.#topics = ['events', 'others', 'dead'].map((name) =>
      this.cluster.addTopic({ name, partitionCount, settings }),
    );
    for (const { log } of this.#topics.flatMap(({ partitions }) => partitions)) {
      let seen = 0;
      log.onChange(() => {
        for (const record of readCommittedLog(log, seen)) {
          this.storedMs.set(idOf(record), this.storedMs.get(idOf(record)) ?? world.now());
          seen = record.offset + 1;
        }
      });
    }
  }

  /** Opens the sink of one process. */
  async openSink(deps: Pick<SinkDeps, 'clock' | 'logger' | 'registry'>): Promise<Sink> {
    const { store } = loadReceiverConfig({
      KAFKA_BROKERS: this.cluster.brokers.map(({ id }) => this.cluster.addressOf(id)).join(','),
      KAFKA_TOPIC: 'events',
      KAFKA_COMPRESSION: 'none',
      KAFKA_DEAD_LETTER_TOPIC: 'dead',
      WEBHOOK_SECRET: 'secret of the right length for it',
    });
    return (await openStore(store)).createSink({ topics, maxBodyBytes: 10_000_000, ...deps });
  }

  set mood(mood: StoreMood) {
    for (const link of this.#links()) {
      linkFaults[this.#mood]?.heal(link);
      linkFaults[mood]?.bad(link);
    }
    this.#mood = mood;
    for (const [partition, how] of this.#refusals) {
      this.refuse(partition, how);
    }
  }

  refuse(partition: number, how: Refusal): void {
    this.#refusals.set(partition, how);
    if (how === 'silent') {
      this.#links()[partition]?.freeze();
    }
  }

  take(partition: number): void {
    this.#refusals.delete(partition);
    if (this.#mood !== 'hanging') {
      this.#links()[partition]?.thaw();
    }
  }

  /** Reads a topic in the order of each partition. */
  read(topic: string): readonly SinkRecord[] {
    const { partitions = [] } = this.cluster.topics.get(topic) ?? {};
    return partitions.flatMap(({ log }) =>
      readCommittedLog(log).map(({ key, headers, value }) => ({
        ...{ topic, headers, key: key?.toString() ?? null },
        value: value ?? Buffer.alloc(0),
      })),
    );
  }

  #links(): readonly Link[] {
    return this.cluster.brokers.map(({ id }) => this.#network.link(this.cluster.addressOf(id)));
  }

  #troubleProduce(): RequestFault {
    return this.#mood === 'failing'
      ? { error: 'KAFKA_STORAGE_ERROR' }
      : { isSilent: this.#mood === 'forgetful' && this.#world.random.chance(0.5) };
  }

  #refuse({ topic, partition, batch }: ProducedPart): number {
    if (topic === 'dead') {
      return 0;
    }
    return batch.includes('rejected' satisfies RecordFate)
      ? toErrorCode('INVALID_RECORD')
      : this.#refusals.get(partition) === 'loud'
        ? toErrorCode('NOT_ENOUGH_REPLICAS')
        : 0;
  }
}

const idOf = (record: ReadRecord): string => record.headers.ce_id ?? '';

const linkFaults: Partial<Record<StoreMood, Readonly<Record<'bad' | 'heal', (link: Link) => void>>>> = {
  away: {
    bad(link) {
      link.refuse();
      link.cut('reset');
    },
    heal: (link) => link.admit(),
  },
  hanging: { bad: (link) => link.freeze(), heal: (link) => link.thaw() },
  slow: { bad: (link) => link.slow(slowMs), heal: (link) => link.slow(0) },
};
