import type { RejectionReason } from '../../sink/sink.ts';
import { kafkaErrorNames } from './kafka-error-names.ts';

/** Kinds of things that Kafka keeps rights for, as `kafka-acls` names them. */
export type KafkaResourceType = 'topic' | 'group' | 'transactional-id' | 'cluster';

/**
 * What the client should do about an error. `wait`: ask the same again later. `reroute`: ask another broker.
 * `refuse`: these records will never be taken. `fenced`: another producer with the same transactional id has taken over.
 * `fail`: give up what was begun.
 */
export type AnswerKind = 'wait' | 'reroute' | 'refuse' | 'fenced' | 'fail';

/** What the receiver makes of the error for one partition of a Produce request. */
export type ProduceFailure =
  | { readonly action: 'reject'; readonly reason: RejectionReason }
  | { readonly action: 'deny' }
  | {
      readonly action: 'retry';
      readonly cause: 'stale_leader' | 'not_enough_replicas' | 'replication_timeout' | 'broker_error';
    };

interface KafkaErrorMeaning {
  /** Absent: `fail`. */
  readonly kind?: AnswerKind;
  /** Absent: `broker_error`. An error that is not known to last is taken as temporary. */
  readonly produce?: ProduceFailure;
  /** The kind of thing that the client has no right to. */
  readonly denies?: KafkaResourceType;
  /** For errors that stay until somebody does something. */
  readonly advice?: string;
}

const staleLeader: ProduceFailure = { action: 'retry', cause: 'stale_leader' };
const notEnoughReplicas: ProduceFailure = { action: 'retry', cause: 'not_enough_replicas' };
const tooLarge: ProduceFailure = { action: 'reject', reason: 'too_large' };
const rejected: ProduceFailure = { action: 'reject', reason: 'rejected_by_broker' };
const deny: ProduceFailure = { action: 'deny' };
const startReplicas =
  "start the brokers that hold the partition's replicas, or compare them with min.insync.replicas";

/** Every error that this project knows by name. Those without an entry of their own are handled where they occur. */
const meanings = {
  OFFSET_OUT_OF_RANGE: {},
  UNKNOWN_TOPIC_OR_PARTITION: {
    kind: 'reroute',
    produce: staleLeader,
    advice:
      'create the topic ("comapi-webhook topics"), or check the topic\'s name and the right to describe it',
  },
  LEADER_NOT_AVAILABLE: { kind: 'reroute', produce: staleLeader },
  NOT_LEADER_OR_FOLLOWER: { kind: 'reroute', produce: staleLeader },
  REQUEST_TIMED_OUT: { produce: { action: 'retry', cause: 'replication_timeout' } },
  REPLICA_NOT_AVAILABLE: { kind: 'reroute', produce: staleLeader },
  MESSAGE_TOO_LARGE: { kind: 'refuse', produce: tooLarge },
  OFFSET_METADATA_TOO_LARGE: { advice: "raise the brokers' offset.metadata.max.bytes" },
  COORDINATOR_LOAD_IN_PROGRESS: { kind: 'wait' },
  COORDINATOR_NOT_AVAILABLE: {
    kind: 'reroute',
    advice:
      'check that the brokers can make their inner topics: replication factors of offsets and transactions',
  },
  NOT_COORDINATOR: { kind: 'reroute' },
  INVALID_TOPIC_EXCEPTION: { produce: deny, advice: "check the topic's name" },
  RECORD_LIST_TOO_LARGE: { kind: 'refuse', produce: tooLarge },
  NOT_ENOUGH_REPLICAS: { kind: 'wait', produce: notEnoughReplicas, advice: startReplicas },
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: { produce: notEnoughReplicas, advice: startReplicas },
  ILLEGAL_GENERATION: {},
  INCONSISTENT_GROUP_PROTOCOL: {
    advice: 'another kind of consumer uses this group: choose another group id',
  },
  INVALID_GROUP_ID: { advice: 'choose another group id' },
  UNKNOWN_MEMBER_ID: {},
  INVALID_SESSION_TIMEOUT: {
    advice:
      "keep the session timeout between the brokers' group.min.session.timeout.ms and group.max.session.timeout.ms",
  },
  REBALANCE_IN_PROGRESS: {},
  TOPIC_AUTHORIZATION_FAILED: { produce: deny, denies: 'topic' },
  GROUP_AUTHORIZATION_FAILED: { denies: 'group' },
  CLUSTER_AUTHORIZATION_FAILED: { produce: deny, denies: 'cluster' },
  // Kind: of a record that brings its own time. The receiver's records get that of its clock when they are sent.
  INVALID_TIMESTAMP: {
    kind: 'refuse',
    advice:
      "compare this machine's clock with the brokers', or see the topic's message.timestamp.before.max.ms and message.timestamp.after.max.ms",
  },
  UNSUPPORTED_SASL_MECHANISM: { advice: 'set KAFKA_SASL_MECHANISM to one that the listener offers' },
  ILLEGAL_SASL_STATE: {
    advice: 'check KAFKA_SASL_MECHANISM, and the port in KAFKA_BROKERS: the listener wants no login',
  },
  UNSUPPORTED_VERSION: { advice: 'the broker is too old, or too new, for this request' },
  TOPIC_ALREADY_EXISTS: {},
  INVALID_REPLICATION_FACTOR: { advice: 'there are fewer brokers than the replication factor asks for' },
  INVALID_CONFIG: { advice: "check names and values of --setting: the broker's log says which it refused" },
  NOT_CONTROLLER: { kind: 'reroute' },
  POLICY_VIOLATION: { advice: "a policy of the cluster refuses this: see the broker's log" },
  INVALID_PRODUCER_EPOCH: { kind: 'fenced' },
  INVALID_TRANSACTION_TIMEOUT: {
    advice: "the brokers' transaction.max.timeout.ms is below what is asked for",
  },
  CONCURRENT_TRANSACTIONS: { kind: 'wait' },
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: { denies: 'transactional-id' },
  KAFKA_STORAGE_ERROR: { kind: 'reroute', advice: "a disk of the broker failed: see the broker's log" },
  SASL_AUTHENTICATION_FAILED: {
    advice: 'check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and the password, or the KAFKA_OAUTH_ variables',
  },
  GROUP_ID_NOT_FOUND: {},
  FENCED_LEADER_EPOCH: { kind: 'reroute', produce: staleLeader },
  // A topic that was made again gives this error too: the epochs of its leaders begin anew.
  UNKNOWN_LEADER_EPOCH: { kind: 'reroute', produce: staleLeader },
  UNSUPPORTED_COMPRESSION_TYPE: { advice: 'choose a compression.type that the brokers know' },
  OFFSET_NOT_AVAILABLE: { kind: 'wait' },
  MEMBER_ID_REQUIRED: {},
  GROUP_MAX_SIZE_REACHED: { advice: "the group has more members than the brokers' group.max.size" },
  FENCED_INSTANCE_ID: {},
  INVALID_RECORD: { kind: 'refuse', produce: rejected },
  PRODUCER_FENCED: { kind: 'fenced' },
} as const satisfies Record<string, KafkaErrorMeaning>;

/** The numbers of those errors in Kafka's protocol. */
export const errorCodes = Object.fromEntries(
  Object.keys(meanings).map((name) => [name, kafkaErrorNames.indexOf(name)]),
) as Readonly<Record<keyof typeof meanings, number>>;

/** What a code means; empty for a code that is not in the table. */
export function findMeaning(errorCode: number): KafkaErrorMeaning {
  const table: Readonly<Record<string, KafkaErrorMeaning | undefined>> = meanings;
  return table[toKafkaErrorName(errorCode)] ?? {};
}

/** @returns the protocol's name, such as `TOPIC_AUTHORIZATION_FAILED` */
export function toKafkaErrorName(errorCode: number): string {
  return errorCode === -1 ? 'UNKNOWN_SERVER_ERROR' : (kafkaErrorNames[errorCode] ?? 'UNKNOWN_ERROR_CODE');
}
