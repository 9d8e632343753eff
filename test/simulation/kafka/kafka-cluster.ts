import type { Duplex } from 'node:stream';
import type { World } from '../world/world.ts';
import { type BrokerHooks, serveBrokerSession } from './broker-session.ts';
import type { ClusterSnapshot } from './cluster-snapshot.ts';
import { Controller } from './controller.ts';
import { Partition } from './partition.ts';
import { TopicConfig } from './topic-config.ts';
import { Coordination } from './transactions/coordination.ts';
import type { PartitionLog } from './transactions/partition-log.ts';

export interface Topic {
  readonly name: string;
  /** Topic id of 32 hexadecimal digits. A recreated topic has a different id. */
  readonly id: string;
  readonly partitions: readonly Partition[];
  readonly config: TopicConfig;
}

export interface Broker {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  /** Whether the broker process is running. */
  isUp: boolean;
  /** Whether the broker process is stopped by SIGSTOP. */
  isFrozen: boolean;
  /** Whether the controller has fenced the broker. */
  isFenced: boolean;
  /** The broker's copy of the cluster metadata, which may be outdated. */
  view: ClusterSnapshot;
  stop: () => void;
}

export interface TopicPlan {
  readonly name: string;
  readonly partitionCount: number;
  /** Replicas of every partition, starting with the leader. If absent, leadership rotates among the brokers. */
  readonly replicas?: readonly number[];
  /** Settings of the topic, by their Kafka names. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface KafkaClusterDeps {
  readonly world: Pick<World, 'random' | 'after' | 'note'>;
  readonly brokerCount: number;
  /** Starts to accept connections for a broker. @returns a function that stops listening and closes all connections */
  readonly listen: (address: string, accept: (socket: Duplex, from: string) => void) => () => void;
  /** Password of the only user. If absent, clients do not log in. */
  readonly password?: string | undefined;
  readonly hooks?: BrokerHooks;
}

const port = 9_092;

/**
 * A simulated Kafka cluster with logs, groups and transactions. The simulated brokers answer requests from this state.
 */
export class KafkaCluster {
  readonly world: KafkaClusterDeps['world'];
  readonly brokers: readonly Broker[];
  readonly topics = new Map<string, Topic>();
  readonly coordination: Coordination;
  readonly hooks: BrokerHooks;
  /** The current password. The brokers reject logins with any other password. */
  password: string | undefined;
  readonly controller: Controller;
  readonly #listen: KafkaClusterDeps['listen'];

  constructor({ world, brokerCount, listen, password, hooks = {} }: KafkaClusterDeps) {
    const { random, after } = world;
    this.world = world;
    this.hooks = hooks;
    this.password = password;
    this.#listen = listen;
    const view = { version: 0, brokers: [], topics: new Map() };
    this.brokers = Array.from({ length: brokerCount }, (_, index) => ({
      ...{ id: index + 1, host: `kafka-${index + 1}`, port },
      ...{ isUp: false, isFrozen: false, isFenced: false, view, stop: () => undefined },
    }));
    this.controller = new Controller({
      ...{ world, brokers: this.brokers, topics: this.topics },
      onChange: () => this.#moveOrphans(),
    });
    this.coordination = new Coordination({
      after,
      markerDelayMs: () => random.between(1, 40),
      initialDelayMs: 500,
      liveBrokers: () => this.brokers.filter(({ isUp }) => isUp).map(({ id }) => id),
      markPartition: (name, producer, marker) => this.#mark(name, { ...producer, marker, nowMs: Date.now() }),
    });
    for (const { id } of this.brokers) {
      this.start(id);
    }
  }

  addTopic({ name, partitionCount, replicas, settings = {} }: TopicPlan): Topic {
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
        return new Partition({ topic: name, partition, replicas: replicas ?? inTurn, config });
      }),
    };
    this.topics.set(name, topic);
    this.controller.welcome(topic);
    return topic;
  }

  /**
   * Deletes a topic together with its committed offsets, and responds immediately to pending fetch requests for the
   * topic.
   */
  deleteTopic(name: string, groupId: string): void {
    const { partitions = [] } = this.topics.get(name) ?? {};
    this.topics.delete(name);
    for (const { partition, log } of partitions) {
      this.coordination.offsets(groupId).delete(`${name}-${partition}`);
      log.close();
    }
    this.controller.tell();
  }

  /** Replaces the overrides in the topic's settings. */
  changeSettings(topic: string, settings: Readonly<Record<string, string>>): void {
    const { config } = this.topics.get(topic) ?? {};
    if (config !== undefined) {
      config.own = settings;
      this.controller.resumeReplication();
    }
  }

  addressOf(id: number): string {
    const { host } = this.broker(id);
    return `${host}:${port}`;
  }

  broker(id: number): Broker {
    const broker = this.brokers.find((each) => each.id === id);
    if (broker === undefined) {
      throw new RangeError(`There is no broker ${id}`);
    }
    return broker;
  }

  partition(topic: string, partition: number): Partition | undefined {
    return this.topics.get(topic)?.partitions[partition];
  }

  logOf(topic: string, partition: number): PartitionLog | undefined {
    return this.partition(topic, partition)?.log;
  }

  start(id: number): void {
    const broker = this.broker(id);
    if (!broker.isUp) {
      broker.isUp = true;
      broker.stop = this.#listen(this.addressOf(id), (socket, from) =>
        serveBrokerSession(socket, this, { broker: id, from }),
      );
      this.controller.comeBack(broker);
    }
  }

  /** Kills a broker. @param noticedMs time until the controller fences it */
  kill(id: number, noticedMs: number): void {
    const broker = this.broker(id);
    if (broker.isUp) {
      broker.isUp = false;
      broker.stop();
      this.controller.fenceLater(broker, noticedMs);
    }
  }

  /** Freezes a broker. @param noticedMs time until the controller fences it */
  freeze(id: number, noticedMs: number): void {
    const broker = this.broker(id);
    broker.isFrozen = true;
    this.controller.fenceLater(broker, noticedMs);
  }

  thaw(id: number): void {
    const broker = this.broker(id);
    broker.isFrozen = false;
    this.controller.comeBack(broker);
  }

  moveCoordinator(kind: 'group' | 'transaction', key: string): void {
    const { random } = this.world;
    const live = this.brokers.filter(({ isUp }) => isUp);
    if (live.length > 0) {
      this.coordination.move(kind, key, random.pick(live).id, random.between(5, 1_500));
    }
  }

  /** Moves the groups and transactions that a stopped broker coordinates to a running one. */
  #moveOrphans(): void {
    for (const { id } of this.brokers.filter(({ isUp, isFenced }) => !isUp || isFenced)) {
      for (const { kind, key } of this.coordination.placesOn(id)) {
        this.moveCoordinator(kind, key);
      }
    }
  }

  /**
   * Writes a transaction marker. If the partition was deleted, no marker is needed. If the followers of the partition
   * do not replicate, the marker is delayed.
   */
  #mark(name: string, facts: Parameters<PartitionLog['mark']>[0]): boolean {
    const dash = name.lastIndexOf('-');
    const partition = this.partition(name.slice(0, dash), Number(name.slice(dash + 1)));
    if (partition === undefined) {
      return true;
    }
    this.controller.tryCommit(partition);
    const { log, leader, hasEnoughInSync } = partition;
    if (leader === -1 || !hasEnoughInSync || log.highWatermark < log.endOffset || !this.broker(leader).isUp) {
      return false;
    }
    log.mark(facts);
    log.commit();
    return true;
  }
}
