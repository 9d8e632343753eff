import type { KafkaConnection } from '../../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';

/** Roles of the brokers in the test script. The script pauses the third broker for a while. */
export type BrokerRole = 'first' | 'second' | 'third';

export interface ScriptBroker {
  readonly nodeId: number;
  /** Port on the loopback address. */
  readonly port: number;
  /** Advertised `host:port`, as Metadata reports it. */
  readonly advertised: string;
}

export interface ScriptTopic {
  readonly name: string;
  readonly partitions?: number;
  /** Node ids of the replicas of every partition, starting with the leader. */
  readonly replicas: readonly BrokerRole[];
  readonly settings?: Readonly<Record<string, string>>;
}

/** Three real or simulated brokers that receive the same requests. */
export interface ClusterUnderScript {
  readonly brokers: Readonly<Record<BrokerRole, ScriptBroker>>;
  /** @param isDenied whether to connect as a user who may read everything but write nothing */
  connect(role: BrokerRole, options?: { readonly isDenied: boolean }): Promise<KafkaConnection>;
  /** Resolves when all replicas are in sync. */
  createTopic(topic: ScriptTopic): Promise<void>;
  /** Replaces all settings of the topic. */
  changeSettings(topic: string, settings: Readonly<Record<string, string>>): Promise<void>;
  /** Pauses the third broker. The controller considers the broker lost after a few seconds. */
  pauseThird(): Promise<void>;
  resumeThird(): Promise<void>;
  /** Makes the second replica of partition 0 its leader. */
  moveToSecond(topic: string): Promise<void>;
  stop(): Promise<void>;
}

/** A label for a request, and the parts of its response that must be the same on real and simulated brokers. */
export type Line = readonly [what: string, ...facts: unknown[]];

export type ClusterScript = (cluster: ClusterUnderScript) => Promise<readonly Line[]>;
