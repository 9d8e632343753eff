import type { FaultProxy } from '../../support/kafka/fault-proxy.ts';
import type { KafkaCluster } from '../../support/kafka/kafka-cluster.ts';
import type { SmallDisk } from '../../support/small-disk.ts';
import type { Service } from '../services/service.ts';
import type { TrafficLog } from '../traffic/traffic-log.ts';
import type { Violation } from '../verdict/judge.ts';

/**
 * A cluster of three brokers. Each broker has a proxy in front of it, and the proxies are in the order of
 * `cluster.brokers`.
 */
export interface FaultyKafka {
  readonly cluster: KafkaCluster;
  readonly proxies: readonly FaultProxy[];
  /** The disk of the broker with the highest id. Absent if no fault of this run fills or breaks a disk. */
  readonly disk: SmallDisk | undefined;
}

export interface FaultContext extends FaultyKafka {
  readonly service: Service;
  readonly topic: string;
  readonly partitionCount: number;
  readonly random: () => number;
  /** Directory that is removed after the round. */
  readonly directory: string;
  /** All requests and responses of the round so far. */
  readonly log: TrafficLog;
  /** Reports that the service broke one of its guarantees. */
  report(violation: Violation): void;
  /** Reports a figure that the results table shows. */
  note(text: string): void;
  /** Registers a callback that runs after all responses are logged. */
  conclude(look: () => void): void;
  /** Reports that the topic was recreated. Events that were stored before this time are lost. */
  madeAgain(at: number): void;
  /**
   * Reports the ids of the flood's acknowledged events, and the number of its requests without a response. All ids of a
   * flood begin with `flood-`.
   */
  flooded(acknowledged: readonly string[], unanswered: number): void;
}

/** Minimum and maximum duration of a fault, in milliseconds. */
export interface Duration {
  readonly least: number;
  readonly most: number;
}

/** Causes a fault for about `durationMs`, and then reverts the fault. */
export interface Fault {
  readonly name: string;
  /** Whether the receiver uses TLS. */
  readonly tls?: boolean;
  run(context: FaultContext, durationMs: number): Promise<void>;
}

export function pick<T>(items: readonly T[], random: () => number): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) {
    throw new Error('Nothing to pick from');
  }
  return item;
}
