import type { CircuitState } from '../../append/circuit.ts';
import type { LaneSettings } from '../../append/lane-store.ts';
import type { PartitionQueue } from '../../append/partition-queue.ts';
import type { ClusterView, PartitionView } from '../cluster/cluster-view.ts';
import { type BrokerLane, type BrokerLaneDeps, openBrokerLane } from './broker-lane.ts';

const circuitSeverity: Readonly<Record<CircuitState, number>> = { closed: 0, half_open: 1, open: 2 };

interface LaneSetDeps extends BrokerLaneDeps {
  readonly settings: LaneSettings & {
    /**
     * Maximum number of connections to one broker that carry records. A large cluster has more replica sets than this
     * maximum.
     */
    readonly maxLanesPerBroker: number;
  };
}

/**
 * The lanes to all leaders, with one lane for each leader and replica set. A lane is a connection with queues for
 * several partitions, and one request contains batches of several queues. A leader acknowledges this request only when
 * all in-sync replicas have all of its batches. If a lane mixed replica sets, batches would wait for an unresponsive
 * follower that does not even replicate them. If a leader has more replica sets than lanes, the sets that overlap most
 * share a lane.
 */
export class LaneSet {
  readonly #deps: LaneSetDeps;
  readonly #lanes = new Set<BrokerLane>();
  /** Last reported circuit state of each broker. */
  readonly #reported = new Map<number, CircuitState>();
  readonly #assigned = new Map<string, { readonly lane: BrokerLane; readonly replicas: readonly number[] }>();

  constructor(deps: LaneSetDeps) {
    this.#deps = deps;
  }

  /** Assigns a queue to the lane of its partition, or to no lane while the partition has no leader. */
  assign(queue: PartitionQueue, partition: PartitionView | undefined, view: ClusterView): void {
    const lane = partition && this.#laneFor(partition, view)?.lane;
    if (queue.sender === lane) {
      return;
    }
    for (const each of this.#lanes) {
      each.lane.queues.delete(queue);
    }
    if (lane === undefined) {
      queue.assign(undefined);
    } else {
      lane.adopt(queue);
      lane.wakeUp();
    }
  }

  /**
   * Completes an update after all queues are assigned. Applies new addresses, requeues the batches of slow requests if
   * their queues have moved to another lane, and closes unused lanes.
   */
  update(view: ClusterView, isPresent: (queue: PartitionQueue) => boolean): void {
    for (const openedLane of this.#lanes) {
      const { broker, lane } = openedLane;
      for (const queue of lane.queues) {
        if (!isPresent(queue)) {
          lane.queues.delete(queue);
        }
      }
      const reclaimedRecords = lane.reclaimMoved();
      if (reclaimedRecords > 0) {
        this.#deps.metrics.retried('leader_moved', reclaimedRecords);
      }
      const address = view.brokers.get(broker);
      if (address !== undefined) {
        openedLane.moveTo(address);
      }
      if (lane.queues.size === 0 && !lane.isBusy()) {
        this.#remove(openedLane);
      }
    }
  }

  hasSlow(): boolean {
    return [...this.#lanes].some(({ lane }) => lane.isSlow());
  }

  close(): void {
    for (const lane of this.#lanes) {
      this.#remove(lane);
    }
  }

  #laneFor({ leader, replicas }: PartitionView, view: ClusterView): BrokerLane | undefined {
    const address = view.brokers.get(leader);
    if (address === undefined) {
      return undefined;
    }
    const name = `${leader}:${replicas.toSorted((a, b) => a - b).join()}`;
    const lane =
      this.#assigned.get(name)?.lane ??
      this.#findShared(leader, replicas) ??
      openBrokerLane(this.#deps, {
        broker: leader,
        address,
        onCircuitChange: () => this.#reportCircuit(leader),
      });
    this.#lanes.add(lane);
    this.#assigned.set(name, { lane, replicas });
    return lane;
  }

  /**
   * Finds an existing lane that another replica set can share.
   *
   * @returns `undefined` if the broker may still have another lane
   */
  #findShared(leader: number, replicas: readonly number[]): BrokerLane | undefined {
    const otherLanes = this.#lanesTo(leader);
    if (otherLanes.length < this.#deps.settings.maxLanesPerBroker) {
      return undefined;
    }
    const countNewReplicas = (lane: BrokerLane): number => {
      const own = [...this.#assigned.values()].filter((each) => each.lane === lane);
      const knownBrokers = new Set(own.flatMap((each) => each.replicas));
      return replicas.filter((replica) => !knownBrokers.has(replica)).length;
    };
    return otherLanes.toSorted(
      (a, b) => countNewReplicas(a) - countNewReplicas(b) || a.lane.queues.size - b.lane.queues.size,
    )[0];
  }

  #lanesTo(broker: number): BrokerLane[] {
    return [...this.#lanes].filter((lane) => lane.broker === broker);
  }

  /** Reports the circuit state of a broker, which is the worst state among its lanes. */
  #reportCircuit(broker: number): void {
    const { metrics, logger } = this.#deps;
    const states = this.#lanesTo(broker).map(({ lane }) => lane.circuit.state());
    const state = states.reduce(
      (worst, each) => (circuitSeverity[each] > circuitSeverity[worst] ? each : worst),
      'closed',
    );
    const previousState = this.#reported.get(broker) ?? 'closed';
    if (state === previousState) {
      return;
    }
    this.#reported.set(broker, state);
    metrics.circuitChanged(broker, state);
    if (state === 'open' && previousState === 'closed') {
      logger.error(
        { broker },
        'the Kafka broker does not accept records. Until the broker recovers, deliveries for its partitions go to the spool if SPOOL_DIR is set, otherwise they get 503',
      );
    } else if (state === 'closed') {
      logger.info({ broker }, 'the Kafka broker accepts records again');
    }
  }

  #remove(opened: BrokerLane): void {
    const { broker, lane } = opened;
    lane.close();
    this.#lanes.delete(opened);
    for (const [name, assignment] of this.#assigned) {
      if (assignment.lane === opened) {
        this.#assigned.delete(name);
      }
    }
    if (this.#lanesTo(broker).length === 0) {
      this.#reported.delete(broker);
      this.#deps.metrics.forgotten(broker);
    }
  }
}
