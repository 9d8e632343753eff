import type { FaultProxy } from '../../support/kafka/fault-proxy.ts';
import type { KafkaCluster } from '../../support/kafka/kafka-cluster.ts';
import type { SmallDisk } from '../../support/small-disk.ts';
import type { Service } from '../services/service.ts';
import type { TrafficLog } from '../traffic/traffic-log.ts';
import type { Violation } from '../verdict/judge.ts';

/** A cluster of three with a proxy before each broker, in the order of `cluster.brokers`. */
export interface FaultyKafka {
  readonly cluster: KafkaCluster;
  readonly proxies: readonly FaultProxy[];
  /** Under the data of the last broker, if a planned fault needs it. */
  readonly disk: SmallDisk | undefined;
}

export interface FaultContext extends FaultyKafka {
  readonly service: Service;
  readonly topic: string;
  readonly partitionCount: number;
  readonly random: () => number;
  /** Gone after the round. */
  readonly directory: string;
  /** All that was sent and answered so far. */
  readonly log: TrafficLog;
  /** A promise of the service that was seen broken. */
  report(violation: Violation): void;
  /** A figure for the table. */
  note(text: string): void;
  /** Runs once all answers are in the log. */
  conclude(look: () => void): void;
  /** The topic was deleted and made again: what was sent before that time is gone, if it was stored. */
  madeAgain(at: number): void;
  /** Ids that a flood beside the log saw acknowledged, and how many got no answer; ids of floods begin with `flood-`. */
  flooded(acknowledged: readonly string[], unanswered: number): void;
}

/** By lot between the two, in milliseconds. */
export interface Duration {
  readonly least: number;
  readonly most: number;
}

/** Brings trouble for about `durationMs`, then takes its own trouble back. */
export interface Fault {
  readonly name: string;
  /** The receiver speaks TLS. */
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
