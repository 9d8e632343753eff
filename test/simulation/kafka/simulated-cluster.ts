import type { World } from '../world/world.ts';
import { type ClusterSnapshot, toPartitionSnapshot } from './cluster-snapshot.ts';
import { SimulatedPartition } from './simulated-partition.ts';
import { TopicConfig } from './topic-config.ts';

export interface SimulatedTopic {
  readonly name: string;
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly partitions: readonly SimulatedPartition[];
  readonly config: TopicConfig;
}

export interface SimulatedBroker {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  /** Its process runs. */
  isUp: boolean;
  /** Its process stands still. */
  isFrozen: boolean;
  /** The controller counts it as gone. */
  isFenced: boolean;
  /** What it knows of the cluster, which may be out of date. */
  view: ClusterSnapshot;
}

export interface TopicOptions {
  readonly name: string;
  readonly partitionCount: number;
  /** Of every partition, the leader first; without them the brokers lead in turn. */
  readonly replicas?: readonly number[];
  /** Its own, by Kafka's names. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** What a cluster needs of the world. */
type ClusterWorld = Pick<World, 'random' | 'after' | 'note'>;

const replicationMs = { from: 1, to: 6 };
/** Until a broker knows what has changed. */
const newsMs = { from: 1, to: 400 };

/** The state of a Kafka cluster, and what its controller does. Brokers answer from it. */
export class SimulatedCluster {
  readonly world: ClusterWorld;
  readonly brokers: readonly SimulatedBroker[];
  readonly topics = new Map<string, SimulatedTopic>();
  #lastVersion = 0;

  constructor(world: ClusterWorld, brokerCount: number) {
    this.world = world;
    const view = { version: this.#lastVersion, brokers: [], topics: new Map() };
    this.brokers = Array.from({ length: brokerCount }, (_, index) => ({
      ...{ id: index + 1, host: `kafka-${index + 1}`, port: 9092 },
      ...{ isUp: true, isFrozen: false, isFenced: false, view },
    }));
  }

  addTopic({ name, partitionCount, replicas, settings = {} }: TopicOptions): SimulatedTopic {
    const { random } = this.world;
    const ids = this.brokers.map(({ id }) => id);
    const config = new TopicConfig(settings);
    const topic = {
      name,
      id: Array.from({ length: 32 }, () => random.int(16).toString(16)).join(''),
      config,
      partitions: Array.from({ length: partitionCount }, (_, partition) => {
        const first = partition % ids.length;
        const inTurn = [...ids.slice(first), ...ids.slice(0, first)].slice(0, 3);
        return new SimulatedPartition({ topic: name, partition, replicas: replicas ?? inTurn, config });
      }),
    };
    this.topics.set(name, topic);
    const snapshot = this.#snapshot();
    for (const broker of this.brokers) {
      broker.view = snapshot;
    }
    return topic;
  }

  /** The topic has these settings of its own and no others. */
  changeSettings(topic: string, settings: Readonly<Record<string, string>>): void {
    const { config } = this.topics.get(topic) ?? {};
    if (config !== undefined) {
      config.own = settings;
      this.resumeReplication();
    }
  }

  broker(id: number): SimulatedBroker {
    const broker = this.brokers.find((each) => each.id === id);
    if (broker === undefined) {
      throw new RangeError(`There is no broker ${id}`);
    }
    return broker;
  }

  partition(topic: string, partition: number): SimulatedPartition | undefined {
    return this.topics.get(topic)?.partitions[partition];
  }

  *partitions(): Generator<SimulatedPartition> {
    for (const { partitions } of this.topics.values()) {
      yield* partitions;
    }
  }

  /** Commits what was appended, once the followers have it. */
  replicate(partition: SimulatedPartition): void {
    const { random } = this.world;
    this.world.after(random.between(replicationMs.from, replicationMs.to), () => this.#tryCommit(partition));
  }

  /** The controller counts a broker as gone: its partitions get other leaders, if there is an in-sync replica. */
  fence(id: number): void {
    this.broker(id).isFenced = true;
    for (const partition of this.partitions()) {
      partition.leave(id);
      if (partition.leader === id) {
        this.#elect(partition, partition.inSync.find((each) => !this.broker(each).isFenced) ?? -1);
      }
      this.#tryCommit(partition);
    }
    this.#tell();
  }

  /** A broker is back and has caught up. */
  unfence(id: number): void {
    this.broker(id).isFenced = false;
    for (const partition of this.partitions()) {
      if (partition.leader === -1 && partition.isEligible(id)) {
        this.#elect(partition, id);
      }
      if (partition.leader !== -1) {
        for (const replica of partition.replicas.filter((each) => !this.broker(each).isFenced)) {
          partition.join(replica);
        }
      }
      this.#tryCommit(partition);
    }
    this.#tell();
  }

  /** Another in-sync replica leads, or the same one in a new epoch. */
  moveLeaders(partitions: readonly SimulatedPartition[]): void {
    for (const partition of partitions) {
      const able = partition.inSync.filter((id) => !this.broker(id).isFenced);
      if (able.length > 0) {
        this.#elect(partition, this.world.random.pick(able));
        this.#tryCommit(partition);
      }
    }
    this.#tell();
  }

  #elect(partition: SimulatedPartition, leader: number): void {
    const hasAll = leader === partition.leader || this.world.random.chance(0.5);
    partition.elect(leader, hasAll);
  }

  #tryCommit(partition: SimulatedPartition): void {
    const isRunning = (id: number) => this.broker(id).isUp && !this.broker(id).isFrozen;
    if (partition.leader !== -1 && partition.inSync.every(isRunning)) {
      partition.commit();
    }
  }

  /** A broker runs again, or a setting is another one: followers go on. */
  resumeReplication(): void {
    for (const partition of this.partitions()) {
      this.#tryCommit(partition);
    }
  }

  /** Each broker hears the news at a time of its own, and in the order of the metadata log: newer news includes older. */
  #tell(): void {
    const snapshot = this.#snapshot();
    for (const broker of this.brokers) {
      this.world.after(this.world.random.between(newsMs.from, newsMs.to), () => {
        if (snapshot.version > broker.view.version) {
          broker.view = snapshot;
        }
      });
    }
  }

  #snapshot(): ClusterSnapshot {
    this.#lastVersion += 1;
    return {
      version: this.#lastVersion,
      brokers: this.brokers.filter(({ isFenced }) => !isFenced),
      topics: new Map(
        [...this.topics].map(([name, { id, partitions }]) => [
          name,
          { id, partitions: partitions.map(toPartitionSnapshot) },
        ]),
      ),
    };
  }
}
