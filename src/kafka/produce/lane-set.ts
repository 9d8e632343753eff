import type { CircuitState } from '../../append/circuit.ts';
import type { PartitionQueue } from '../../append/partition-queue.ts';
import type { ClusterView, PartitionView } from '../cluster/cluster-view.ts';
import type { BrokerAddress } from '../kafkajs/broker-address.ts';
import { createLane, type Lane, type LaneDeps } from './lane.ts';

/**
 * The lanes that the partitions need at present: one for each leader and set of replicas. The leader answers a request
 * when all in-sync replicas have all of its batches, so a request that mixed replica sets would wait for a follower
 * that hangs, with batches that the follower has nothing to do with. A leader of more sets than it may have lanes mixes
 * those that have most replicas in common.
 */
export interface LaneSet {
  /** Puts a queue on the lane of its partition; on none while nothing leads it. */
  place(queue: PartitionQueue, partition: PartitionView | undefined, view: ClusterView): void;
  /** After all queues are placed: follows addresses, takes hanging batches back, closes lanes without queues. */
  tidy(view: ClusterView, isPresent: (queue: PartitionQueue) => boolean): void;
  hasSlow(): boolean;
  close(): void;
}

export type LaneSetDeps = Omit<LaneDeps, 'broker' | 'address' | 'onCircuit'>;

const severity: Readonly<Record<CircuitState, number>> = { closed: 0, half_open: 1, open: 2 };

export function createLaneSet(deps: LaneSetDeps): LaneSet {
  const { metrics, logger } = deps;
  const lanes = new Set<Lane>();
  /** By leader and set of replicas: where their partitions go. */
  const homes = new Map<string, { readonly lane: Lane; readonly replicas: readonly number[] }>();
  const reported = new Map<number, CircuitState>();

  function laneFor({ leader, replicas }: PartitionView, view: ClusterView): Lane | undefined {
    const address = view.brokers.get(leader);
    if (address === undefined) {
      return undefined;
    }
    const name = `${leader}:${replicas.toSorted((a, b) => a - b).join()}`;
    let home = homes.get(name);
    if (home === undefined) {
      const lane = findShared(leader, replicas) ?? openLane(leader, address);
      home = { lane, replicas };
      homes.set(name, home);
    }
    return home.lane;
  }

  function openLane(leader: number, address: BrokerAddress): Lane {
    const lane = createLane({ ...deps, broker: leader, address, onCircuit: () => report(leader) });
    lanes.add(lane);
    return lane;
  }

  /** @returns `undefined` while the broker may have another lane */
  function findShared(leader: number, replicas: readonly number[]): Lane | undefined {
    const others = [...lanes].filter(({ broker }) => broker === leader);
    if (others.length < deps.settings.maxLanesPerBroker) {
      return undefined;
    }
    const strangers = (lane: Lane): number => {
      const known = [...homes.values()].filter((home) => home.lane === lane).flatMap((home) => home.replicas);
      return replicas.filter((replica) => !known.includes(replica)).length;
    };
    return others.toSorted((a, b) => strangers(a) - strangers(b) || a.queues.size - b.queues.size)[0];
  }

  /** A broker is as bad as its worst lane. */
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
        'kafka broker takes no records: those for its partitions are refused until it does',
      );
    } else if (state === 'closed') {
      logger.info({ broker }, 'kafka broker takes records again');
    }
  }

  function remove(lane: Lane): void {
    lane.close();
    lanes.delete(lane);
    for (const [name, home] of homes) {
      if (home.lane === lane) {
        homes.delete(name);
      }
    }
    if (![...lanes].some(({ broker }) => broker === lane.broker)) {
      reported.delete(lane.broker);
      metrics.brokerForgotten(lane.broker);
    }
  }

  return {
    place(queue, partition, view) {
      const lane = partition && laneFor(partition, view);
      if (queue.carrier === lane) {
        return;
      }
      for (const each of lanes) {
        each.queues.delete(queue);
      }
      lane?.queues.add(queue);
      queue.carrier = lane;
      queue.notBefore = 0;
      lane?.pump();
    },
    tidy(view, isPresent) {
      for (const lane of lanes) {
        for (const queue of lane.queues) {
          if (!isPresent(queue)) {
            lane.queues.delete(queue);
          }
        }
        lane.takeBackMoved();
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
