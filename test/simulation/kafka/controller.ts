import type { World } from '../world/world.ts';
import { type ClusterSnapshot, toPartitionSnapshot } from './cluster-snapshot.ts';
import type { Broker, Topic } from './kafka-cluster.ts';
import type { Partition } from './partition.ts';

const replicationMs = { from: 1, to: 6 };
/** Delay until a broker receives a metadata change. */
const newsMs = { from: 1, to: 400 };
const catchUpMs = { from: 100, to: 2_500 };

interface ControllerDeps {
  readonly world: Pick<World, 'random' | 'after'>;
  readonly brokers: readonly Broker[];
  readonly topics: ReadonlyMap<string, Topic>;
  /** Called when a broker was fenced or unfenced. */
  readonly onChange: () => void;
}

/**
 * The controller of a simulated cluster. The controller fences brokers, elects leaders, and sends metadata changes to
 * all brokers.
 */
export class Controller {
  readonly #deps: ControllerDeps;
  #lastVersion = 0;

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
  }

  *partitions(): Generator<Partition> {
    for (const { partitions } of this.#deps.topics.values()) {
      yield* partitions;
    }
  }

  /** Adds a new topic and announces it to all brokers at once. */
  welcome({ partitions }: Topic): void {
    const { brokers } = this.#deps;
    for (const { id } of brokers.filter(({ isFenced }) => isFenced)) {
      this.#leave(partitions, id);
    }
    const view = this.#snapshot();
    for (const broker of brokers) {
      broker.view = view;
    }
  }

  /** Commits the appended records once the followers have replicated them. */
  replicate(partition: Partition): void {
    const { random, after } = this.#deps.world;
    after(random.between(replicationMs.from, replicationMs.to), () => this.tryCommit(partition));
  }

  tryCommit(partition: Partition): void {
    const { leader, inSync } = partition;
    if (leader !== -1 && inSync.every((id) => this.#isRunning(id))) {
      partition.commit();
    }
  }

  /** Resumes replication after a broker has restarted or a setting has changed. */
  resumeReplication(): void {
    for (const partition of this.partitions()) {
      this.tryCommit(partition);
    }
  }

  /** Elects a different in-sync replica as leader, or the same replica in a new epoch. */
  moveLeaders(partitions: readonly Partition[]): void {
    for (const partition of partitions) {
      const able = partition.inSync.filter((id) => !this.#find(id).isFenced);
      if (able.length > 0) {
        this.#elect(partition, this.#deps.world.random.pick(able));
        this.tryCommit(partition);
      }
    }
    this.tell();
  }

  /** Fences a broker if it is still down or frozen after this time. */
  fenceLater(broker: Broker, ms: number): void {
    this.#deps.world.after(ms, () => {
      if (!this.#isRunning(broker.id)) {
        broker.isFenced = true;
        this.#leave([...this.partitions()], broker.id);
        this.tell();
        this.#deps.onChange();
      }
    });
  }

  /** Unfences a broker after it has caught up. */
  comeBack(broker: Broker): void {
    const { world, onChange } = this.#deps;
    this.resumeReplication();
    onChange();
    if (broker.isFenced) {
      world.after(world.random.between(catchUpMs.from, catchUpMs.to), () => {
        if (this.#isRunning(broker.id)) {
          this.#unfence(broker);
        }
      });
    }
  }

  /**
   * Sends the new snapshot to each broker after an individual delay, in the order of the metadata log. A newer snapshot
   * includes all older snapshots.
   */
  tell(): void {
    const { world, brokers } = this.#deps;
    const snapshot = this.#snapshot();
    for (const broker of brokers) {
      world.after(world.random.between(newsMs.from, newsMs.to), () => {
        if (snapshot.version > broker.view.version) {
          broker.view = snapshot;
        }
      });
    }
  }

  #leave(partitions: readonly Partition[], id: number): void {
    for (const partition of partitions) {
      partition.leave(id);
      if (partition.leader === id) {
        this.#elect(partition, partition.inSync.find((each) => !this.#find(each).isFenced) ?? -1);
      }
      this.tryCommit(partition);
    }
  }

  #unfence(broker: Broker): void {
    broker.isFenced = false;
    for (const partition of this.partitions()) {
      if (partition.leader === -1 && partition.isEligible(broker.id)) {
        this.#elect(partition, broker.id);
      }
      if (partition.leader !== -1) {
        for (const replica of partition.replicas.filter((each) => !this.#find(each).isFenced)) {
          partition.join(replica);
        }
      }
      this.tryCommit(partition);
    }
    this.tell();
  }

  #elect(partition: Partition, leader: number): void {
    partition.elect(leader, leader === partition.leader || this.#deps.world.random.chance(0.5));
  }

  #find(id: number): Broker {
    return this.#deps.brokers[id - 1] as Broker;
  }

  #isRunning(id: number): boolean {
    const { isUp, isFrozen } = this.#find(id);
    return isUp && !isFrozen;
  }

  #snapshot(): ClusterSnapshot {
    const { brokers, topics } = this.#deps;
    this.#lastVersion += 1;
    return {
      version: this.#lastVersion,
      brokers: brokers.filter(({ isFenced }) => !isFenced),
      topics: new Map(
        [...topics].map(([name, { id, partitions }]) => [
          name,
          { id, partitions: partitions.map(toPartitionSnapshot) },
        ]),
      ),
    };
  }
}
