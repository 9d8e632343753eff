import type { Duplex } from 'node:stream';
import type { Random } from '../../world/random.ts';
import type { ClusterState, TopicState } from './api-handler.ts';
import { type RequestFault, serveBrokerSession } from './broker-session.ts';
import { ClusterTopics, type TopicPlan } from './cluster-topics.ts';
import { Coordination } from './coordination.ts';
import { kafkaHandlers } from './kafka-apis.ts';
import type { PartitionLog } from './partition-log.ts';

export interface LogClusterDeps {
  readonly random: Random;
  readonly after: (ms: number, run: () => void) => () => void;
  readonly epochMs: () => number;
  /** Lets a broker take connections. @returns stops it, and ends its connections */
  readonly listen: (address: string, accept: (socket: Duplex) => void) => () => void;
  readonly brokerCount: number;
  readonly topics: readonly TopicPlan[];
  readonly password: string | undefined;
  /** Called for each request. @returns what goes wrong with it */
  readonly onRequest: (broker: number, apiKey: number) => RequestFault;
}

interface Broker {
  readonly id: number;
  isUp: boolean;
  /** The controller has noticed that it is down. */
  isListed: boolean;
  stop: () => void;
}

const port = 9_092;

/** A Kafka cluster with logs, groups and transactions: every replica has everything at once, and one broker leads. */
export class LogCluster implements ClusterState {
  readonly coordination: Coordination;
  readonly brokerIds: readonly number[];
  /** May change: who logs in with another one is refused. */
  password: string | undefined;
  readonly #deps: LogClusterDeps;
  readonly #brokers: Broker[];
  readonly #topics = new ClusterTopics();

  constructor(deps: LogClusterDeps) {
    const { random, brokerCount, topics } = deps;
    this.#deps = deps;
    this.password = deps.password;
    this.brokerIds = Array.from({ length: brokerCount }, (_, index) => index + 1);
    this.#brokers = this.brokerIds.map((id) => ({
      id,
      isUp: false,
      isListed: true,
      stop: () => undefined,
    }));
    this.coordination = new Coordination({
      after: deps.after,
      markerDelayMs: () => random.between(1, 40),
      initialDelayMs: 500,
      liveBrokers: () => this.#liveBrokers(),
      markPartition: (name, producer, marker) =>
        this.#mark(name, { ...producer, marker, nowMs: deps.epochMs() }),
    });
    for (const { id } of this.#brokers) {
      this.start(id);
    }
    for (const plan of topics) {
      this.createTopic(plan);
    }
  }

  get bootstrap(): string {
    return this.#brokers.map(({ id }) => this.nameOf(id)).join(',');
  }

  nameOf(broker: number): string {
    const { host } = this.addressOf(broker);
    return `${host}:${port}`;
  }

  addressOf(broker: number): { readonly host: string; readonly port: number } {
    return { host: `kafka-${broker}`, port };
  }

  after(...args: Parameters<LogClusterDeps['after']>): () => void {
    return this.#deps.after(...args);
  }

  listedBrokers(): readonly number[] {
    return this.#brokers.filter(({ isListed }) => isListed).map(({ id }) => id);
  }

  topicOf(name: string): TopicState | undefined {
    return this.#topics.find(name);
  }

  logOf(topic: string, partition: number): PartitionLog | undefined {
    return this.#topics.find(topic)?.partitions[partition]?.log;
  }

  leaderOf(topic: string, partition: number): number | undefined {
    const leader = this.#topics.find(topic)?.partitions[partition]?.leader;
    return leader !== undefined && this.#liveBrokers().includes(leader) ? leader : undefined;
  }

  createTopic(plan: TopicPlan): void {
    this.#topics.create(plan, this.#liveBrokers());
  }

  /** Kafka forgets the offsets of a topic that it deletes, and answers at once who waits for records of it. */
  deleteTopic(name: string, groupId: string): void {
    const { partitions = [] } = this.#topics.find(name) ?? {};
    this.#topics.delete(name);
    for (const [partition, { log }] of partitions.entries()) {
      this.coordination.offsets(groupId).delete(`${name}-${partition}`);
      log.close();
    }
  }

  start(id: number): void {
    const broker = this.#find(id);
    if (broker.isUp) {
      return;
    }
    const { listen, onRequest } = this.#deps;
    broker.isUp = true;
    broker.isListed = true;
    broker.stop = listen(this.nameOf(id), (socket) => {
      serveBrokerSession(socket, { cluster: this, broker: id, handlers: kafkaHandlers, onRequest });
    });
    this.#fillPlaces();
  }

  /** @param noticedMs until the others take over what it led */
  kill(id: number, noticedMs: number): void {
    const broker = this.#find(id);
    if (broker.isUp) {
      broker.isUp = false;
      broker.stop();
      this.#deps.after(noticedMs, () => {
        broker.isListed = broker.isUp;
        this.#fillPlaces();
      });
    }
  }

  /** Another broker begins to lead the partition. */
  elect(topic: string, partition: number): void {
    const found = this.#topics.find(topic)?.partitions[partition];
    const live = this.#liveBrokers();
    if (found !== undefined && live.length > 0) {
      found.leader = this.#deps.random.pick(
        live.filter((id) => id !== found.leader).concat(live.length > 1 ? [] : live),
      );
      found.log.elect();
    }
  }

  moveCoordinator(kind: 'group' | 'transaction', key: string): void {
    const { random } = this.#deps;
    const live = this.#liveBrokers();
    if (live.length > 0) {
      this.coordination.move(kind, key, random.pick(live), random.between(5, 1_500));
    }
  }

  #find = (id: number): Broker => this.#brokers[id - 1] as Broker;

  #liveBrokers(): readonly number[] {
    return this.#brokers.filter(({ isUp }) => isUp).map(({ id }) => id);
  }

  /** Gives what a broker that is down has led to one that is up. */
  #fillPlaces(): void {
    for (const { name, partitions } of this.#topics.all()) {
      for (const [partition, { leader }] of partitions.entries()) {
        if (!this.#find(leader).isUp) {
          this.elect(name, partition);
        }
      }
    }
    for (const { id } of this.#brokers.filter(({ isUp }) => !isUp)) {
      for (const { kind, key } of this.coordination.placesOn(id)) {
        this.moveCoordinator(kind, key);
      }
    }
  }

  /** A partition that does not exist any more needs no marker. */
  #mark(name: string, facts: Parameters<PartitionLog['mark']>[0]): boolean {
    const dash = name.lastIndexOf('-');
    const [topic, partition] = [name.slice(0, dash), Number(name.slice(dash + 1))];
    const log = this.logOf(topic, partition);
    if (log === undefined) {
      return true;
    }
    const hasLeader = this.leaderOf(topic, partition) !== undefined;
    if (hasLeader) {
      log.mark(facts);
    }
    return hasLeader;
  }
}
