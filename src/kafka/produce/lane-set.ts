import type { CircuitState } from '../../append/circuit.ts';
import type { PartitionQueue } from '../../append/partition-queue.ts';
import type { ClusterView, PartitionView } from '../cluster/cluster-view.ts';
import type { BrokerAddress } from '../kafkajs/broker-address.ts';
import { Lane, type LaneDeps } from './lane.ts';

/**
 * The lanes that the partitions need at present: one for each leader and set of replicas. The leader answers a request
 * when all in-sync replicas have all of its batches. Mixed sets would let batches wait for a follower that hangs and
 * that does not replicate them. A leader with more sets than it may have lanes mixes those that have most in common.
 */
export interface LaneSet {
  /** Gives a queue to the lane of its partition; to none while nothing leads the partition. */
  assign(queue: PartitionQueue, partition: PartitionView | undefined, view: ClusterView): void;
  /** After all queues are assigned: follows addresses, takes batches back from slow requests, closes unused lanes. */
  update(view: ClusterView, isPresent: (queue: PartitionQueue) => boolean): void;
  hasSlow(): boolean;
  close(): void;
}

export type LaneSetDeps = Omit<LaneDeps, 'broker' | 'address' | 'onCircuitChange'>;

const severity: Readonly<Record<CircuitState, number>> = { closed: 0, half_open: 1, open: 2 };

export function createLaneSet(deps: LaneSetDeps): LaneSet {
  const { metrics, logger } = deps;
  const lanes = new Set<Lane>();
  /** The lane of each leader and set of replicas. */
  const assigned = new Map<string, { readonly lane: Lane; readonly replicas: readonly number[] }>();
  const reported = new Map<number, CircuitState>();

  function laneFor({ leader, replicas }: PartitionView, view: ClusterView): Lane | undefined {
    const address = view.brokers.get(leader);
    if (address === undefined) {
      return undefined;
    }
    const name = `${leader}:${replicas.toSorted((a, b) => a - b).join()}`;
    let assignment = assigned.get(name);
    if (assignment === undefined) {
      const lane = findShared(leader, replicas) ?? openLane(leader, address);
      assignment = { lane, replicas };
      assigned.set(name, assignment);
    }
    return assignment.lane;
  }

  function openLane(leader: number, address: BrokerAddress): Lane {
    const lane = new Lane({ ...deps, broker: leader, address, onCircuitChange: () => report(leader) });
    lanes.add(lane);
    return lane;
  }

  /** @returns `undefined` while the broker may have another lane */
  function findShared(leader: number, replicas: readonly number[]): Lane | undefined {
    const others = [...lanes].filter(({ broker }) => broker === leader);
    if (others.length < deps.settings.maxLanesPerBroker) {
      return undefined;
    }
    const countNew = (lane: Lane): number => {
      const known = [...assigned.values()]
        .filter((each) => each.lane === lane)
        .flatMap((each) => each.replicas);
      return replicas.filter((replica) => !known.includes(replica)).length;
    };
    return others.toSorted((a, b) => countNew(a) - countNew(b) || a.queues.size - b.queues.size)[0];
  }

  /** The state of a broker is that of its worst lane. */
  function report(broker: number): void {
    const states = [...lanes].filter((lane) => lane.broker === broker).map(({ circuit }) => circuit.state());
    const state = states.reduce((worst, each) => (severity[each] > severity[worst] ? each : worst), 'closed');
    const previous = reported.get(broker) ?? 'closed';
    if (state === previous) {
      return;
    }
    reported.set(broker, state);
    metrics.circuitChanged(broker, state);
    if (state === 'open' && previous === 'closed') {
      logger.error(
        { broker },
        'kafka broker takes no records: deliveries with records for its partitions are refused until it does',
      );
    } else if (state === 'closed') {
      logger.info({ broker }, 'kafka broker takes records again');
    }
  }

  function remove(lane: Lane): void {
    lane.close();
    lanes.delete(lane);
    for (const [name, assignment] of assigned) {
      if (assignment.lane === lane) {
        assigned.delete(name);
      }
    }
    if (![...lanes].some(({ broker }) => broker === lane.broker)) {
      reported.delete(lane.broker);
      metrics.brokerForgotten(lane.broker);
    }
  }

  return {
    assign(queue, partition, view) {
      const lane = partition && laneFor(partition, view);
      if (queue.sender === lane) {
        return;
      }
      for (const each of lanes) {
        each.queues.delete(queue);
      }
      lane?.queues.add(queue);
      queue.sender = lane;
      queue.notBefore = 0;
      lane?.wakeUp();
    },
    update(view, isPresent) {
      for (const lane of lanes) {
        for (const queue of lane.queues) {
          if (!isPresent(queue)) {
            lane.queues.delete(queue);
          }
        }
        lane.reclaimMoved();
        const address = view.brokers.get(lane.broker);
        if (address !== undefined) {
          lane.moveTo(address);
        }
        if (lane.queues.size === 0 && !lane.isBusy()) {
          remove(lane);
        }
      }
    },
    hasSlow: () => [...lanes].some((lane) => lane.isSlow()),
    close() {
      for (const lane of lanes) {
        remove(lane);
      }
    },
  };
}
