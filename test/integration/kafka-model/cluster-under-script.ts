import type { KafkaConnection } from '../../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';

/** The brokers by what happens to them: the third one stands still for a while. */
export type BrokerRole = 'first' | 'second' | 'third';

export interface ScriptBroker {
  readonly nodeId: number;
  /** On the loopback address. */
  readonly port: number;
  /** `host:port`, as Metadata has it. */
  readonly advertised: string;
}

export interface ScriptTopic {
  readonly name: string;
  readonly partitions?: number;
  /** Of every partition; the first one leads. */
  readonly replicas: readonly BrokerRole[];
  readonly settings?: Readonly<Record<string, string>>;
}

/** Three brokers, real or simulated, that are asked the same. */
export interface ClusterUnderScript {
  readonly brokers: Readonly<Record<BrokerRole, ScriptBroker>>;
  /** @param isDenied as somebody who may look at everything and write nothing */
  connect(role: BrokerRole, options?: { readonly isDenied: boolean }): Promise<KafkaConnection>;
  /** Resolves when all replicas are in sync. */
  createTopic(topic: ScriptTopic): Promise<void>;
  /** The topic has these settings and no others. */
  changeSettings(topic: string, settings: Readonly<Record<string, string>>): Promise<void>;
  /** Lets the third broker stand still: it is counted as gone after a few seconds. */
  pauseThird(): Promise<void>;
  resumeThird(): Promise<void>;
  /** The second replica of partition 0 leads from now on. */
  moveToSecond(topic: string): Promise<void>;
  stop(): Promise<void>;
}

/** What was asked, and what of the answer has to be the same. */
export type Line = readonly [what: string, ...facts: unknown[]];

export type ClusterScript = (cluster: ClusterUnderScript) => Promise<readonly Line[]>;
