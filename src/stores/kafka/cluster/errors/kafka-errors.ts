import type { RejectionReason } from '../../../../ports/sink.ts';

/** Error names in Kafka 4.3.1, indexed by error code. @see https://kafka.apache.org/protocol#protocol_error_codes */
const kafkaErrorNames: readonly string[] = `
  NONE OFFSET_OUT_OF_RANGE CORRUPT_MESSAGE UNKNOWN_TOPIC_OR_PARTITION INVALID_FETCH_SIZE
  LEADER_NOT_AVAILABLE NOT_LEADER_OR_FOLLOWER REQUEST_TIMED_OUT BROKER_NOT_AVAILABLE
  REPLICA_NOT_AVAILABLE MESSAGE_TOO_LARGE STALE_CONTROLLER_EPOCH OFFSET_METADATA_TOO_LARGE
  NETWORK_EXCEPTION COORDINATOR_LOAD_IN_PROGRESS COORDINATOR_NOT_AVAILABLE NOT_COORDINATOR
  INVALID_TOPIC_EXCEPTION RECORD_LIST_TOO_LARGE NOT_ENOUGH_REPLICAS NOT_ENOUGH_REPLICAS_AFTER_APPEND
  INVALID_REQUIRED_ACKS ILLEGAL_GENERATION INCONSISTENT_GROUP_PROTOCOL INVALID_GROUP_ID
  UNKNOWN_MEMBER_ID INVALID_SESSION_TIMEOUT REBALANCE_IN_PROGRESS INVALID_COMMIT_OFFSET_SIZE
  TOPIC_AUTHORIZATION_FAILED GROUP_AUTHORIZATION_FAILED CLUSTER_AUTHORIZATION_FAILED
  INVALID_TIMESTAMP UNSUPPORTED_SASL_MECHANISM ILLEGAL_SASL_STATE UNSUPPORTED_VERSION
  TOPIC_ALREADY_EXISTS INVALID_PARTITIONS INVALID_REPLICATION_FACTOR INVALID_REPLICA_ASSIGNMENT
  INVALID_CONFIG NOT_CONTROLLER INVALID_REQUEST UNSUPPORTED_FOR_MESSAGE_FORMAT POLICY_VIOLATION
  OUT_OF_ORDER_SEQUENCE_NUMBER DUPLICATE_SEQUENCE_NUMBER INVALID_PRODUCER_EPOCH INVALID_TXN_STATE
  INVALID_PRODUCER_ID_MAPPING INVALID_TRANSACTION_TIMEOUT CONCURRENT_TRANSACTIONS
  TRANSACTION_COORDINATOR_FENCED TRANSACTIONAL_ID_AUTHORIZATION_FAILED SECURITY_DISABLED
  OPERATION_NOT_ATTEMPTED KAFKA_STORAGE_ERROR LOG_DIR_NOT_FOUND SASL_AUTHENTICATION_FAILED
  UNKNOWN_PRODUCER_ID REASSIGNMENT_IN_PROGRESS DELEGATION_TOKEN_AUTH_DISABLED
  DELEGATION_TOKEN_NOT_FOUND DELEGATION_TOKEN_OWNER_MISMATCH DELEGATION_TOKEN_REQUEST_NOT_ALLOWED
  DELEGATION_TOKEN_AUTHORIZATION_FAILED DELEGATION_TOKEN_EXPIRED INVALID_PRINCIPAL_TYPE
  NON_EMPTY_GROUP GROUP_ID_NOT_FOUND FETCH_SESSION_ID_NOT_FOUND INVALID_FETCH_SESSION_EPOCH
  LISTENER_NOT_FOUND TOPIC_DELETION_DISABLED FENCED_LEADER_EPOCH UNKNOWN_LEADER_EPOCH
  UNSUPPORTED_COMPRESSION_TYPE STALE_BROKER_EPOCH OFFSET_NOT_AVAILABLE MEMBER_ID_REQUIRED
  PREFERRED_LEADER_NOT_AVAILABLE GROUP_MAX_SIZE_REACHED FENCED_INSTANCE_ID
  ELIGIBLE_LEADERS_NOT_AVAILABLE ELECTION_NOT_NEEDED NO_REASSIGNMENT_IN_PROGRESS
  GROUP_SUBSCRIBED_TO_TOPIC INVALID_RECORD UNSTABLE_OFFSET_COMMIT THROTTLING_QUOTA_EXCEEDED
  PRODUCER_FENCED RESOURCE_NOT_FOUND DUPLICATE_RESOURCE UNACCEPTABLE_CREDENTIAL
  INCONSISTENT_VOTER_SET INVALID_UPDATE_VERSION FEATURE_UPDATE_FAILED
  PRINCIPAL_DESERIALIZATION_FAILURE SNAPSHOT_NOT_FOUND POSITION_OUT_OF_RANGE UNKNOWN_TOPIC_ID
  DUPLICATE_BROKER_REGISTRATION BROKER_ID_NOT_REGISTERED INCONSISTENT_TOPIC_ID
  INCONSISTENT_CLUSTER_ID TRANSACTIONAL_ID_NOT_FOUND FETCH_SESSION_TOPIC_ID_ERROR INELIGIBLE_REPLICA
  NEW_LEADER_ELECTED OFFSET_MOVED_TO_TIERED_STORAGE FENCED_MEMBER_EPOCH UNRELEASED_INSTANCE_ID
  UNSUPPORTED_ASSIGNOR STALE_MEMBER_EPOCH MISMATCHED_ENDPOINT_TYPE UNSUPPORTED_ENDPOINT_TYPE
  UNKNOWN_CONTROLLER_ID UNKNOWN_SUBSCRIPTION_ID TELEMETRY_TOO_LARGE INVALID_REGISTRATION
  TRANSACTION_ABORTABLE INVALID_RECORD_STATE SHARE_SESSION_NOT_FOUND INVALID_SHARE_SESSION_EPOCH
  FENCED_STATE_EPOCH INVALID_VOTER_KEY DUPLICATE_VOTER VOTER_NOT_FOUND INVALID_REGULAR_EXPRESSION
  REBOOTSTRAP_REQUIRED STREAMS_INVALID_TOPOLOGY STREAMS_INVALID_TOPOLOGY_EPOCH
  STREAMS_TOPOLOGY_FENCED SHARE_SESSION_LIMIT_REACHED
`
  .trim()
  .split(/\s+/);

/** Types of resources that have permissions, named as in `kafka-acls`. */
export type KafkaResourceType = 'topic' | 'group' | 'transactional-id' | 'cluster';

/**
 * Reaction of the client to an error.
 *
 * - `wait`: send the same request again later
 * - `reroute`: send the request to another broker
 * - `reject`: the broker will never accept these records
 * - `fenced`: another producer with the same transactional ID has taken over
 * - `fail`: abandon the operation
 */
export type AnswerKind = 'wait' | 'reroute' | 'reject' | 'fenced' | 'fail';

/** Reaction of the receiver to an error of one partition in a Produce response. */
type ProduceFailure =
  | { readonly action: 'reject'; readonly reason: RejectionReason }
  | { readonly action: 'deny' }
  | {
      readonly action: 'retry';
      readonly cause: 'stale_leader' | 'not_enough_replicas' | 'replication_timeout' | 'broker_error';
    };

interface KafkaErrorMeaning {
  /** Reaction of the client. Absent means `fail`. */
  readonly kind?: AnswerKind;
  /** Replaces `kind` for a request that only reads data and can therefore be repeated safely. */
  readonly kindOfRead?: 'wait' | 'reroute';
  /**
   * Reaction to a Produce error. If absent, the request is retried with the cause `broker_error`, because an unknown
   * error counts as temporary.
   */
  readonly produce?: ProduceFailure;
  /** Type of resource for which the client lacks permission. */
  readonly denies?: KafkaResourceType;
  /** Advice for an error that does not resolve by itself. */
  readonly advice?: string;
}

const staleLeaderFailure: ProduceFailure = { action: 'retry', cause: 'stale_leader' };
const notEnoughReplicasFailure: ProduceFailure = { action: 'retry', cause: 'not_enough_replicas' };
const tooLargeFailure: ProduceFailure = { action: 'reject', reason: 'too_large' };
const brokerRejection: ProduceFailure = { action: 'reject', reason: 'rejected_by_broker' };
const permissionDenial: ProduceFailure = { action: 'deny' };
const startReplicasAdvice =
  "start the brokers that hold the partition's replicas, or check min.insync.replicas";

/** All errors that the code refers to by name. If an entry is empty, the callers handle that error themselves. */
const kafkaErrorMeanings = {
  OFFSET_OUT_OF_RANGE: {},
  UNKNOWN_TOPIC_OR_PARTITION: {
    kind: 'reroute',
    produce: staleLeaderFailure,
    advice: 'create the topic ("comapi-webhook topics"), or check its name and the permission to describe it',
  },
  LEADER_NOT_AVAILABLE: { kind: 'reroute', produce: staleLeaderFailure },
  NOT_LEADER_OR_FOLLOWER: { kind: 'reroute', produce: staleLeaderFailure },
  REQUEST_TIMED_OUT: {
    kindOfRead: 'wait',
    produce: { action: 'retry', cause: 'replication_timeout' },
    advice: "the broker's replicas, disk or tiered storage did not respond in time: see the broker's log",
  },
  BROKER_NOT_AVAILABLE: { kindOfRead: 'reroute' },
  REPLICA_NOT_AVAILABLE: { kind: 'reroute', produce: staleLeaderFailure },
  MESSAGE_TOO_LARGE: { kind: 'reject', produce: tooLargeFailure },
  OFFSET_METADATA_TOO_LARGE: { advice: "raise the brokers' offset.metadata.max.bytes" },
  NETWORK_EXCEPTION: { kindOfRead: 'reroute' },
  COORDINATOR_LOAD_IN_PROGRESS: { kind: 'wait' },
  COORDINATOR_NOT_AVAILABLE: {
    kind: 'reroute',
    advice:
      'check that the brokers can create their internal topics: see offsets.topic.replication.factor and transaction.state.log.replication.factor',
  },
  NOT_COORDINATOR: { kind: 'reroute' },
  INVALID_TOPIC_EXCEPTION: { produce: permissionDenial, advice: "check the topic's name" },
  RECORD_LIST_TOO_LARGE: { kind: 'reject', produce: tooLargeFailure },
  NOT_ENOUGH_REPLICAS: { kind: 'wait', produce: notEnoughReplicasFailure, advice: startReplicasAdvice },
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: { produce: notEnoughReplicasFailure, advice: startReplicasAdvice },
  ILLEGAL_GENERATION: {},
  INCONSISTENT_GROUP_PROTOCOL: {
    advice: 'another kind of consumer is using this group: choose another group id',
  },
  INVALID_GROUP_ID: { advice: 'choose another group id' },
  UNKNOWN_MEMBER_ID: {},
  INVALID_SESSION_TIMEOUT: {
    advice:
      "keep the session timeout between the brokers' group.min.session.timeout.ms and group.max.session.timeout.ms",
  },
  REBALANCE_IN_PROGRESS: {},
  TOPIC_AUTHORIZATION_FAILED: { produce: permissionDenial, denies: 'topic' },
  GROUP_AUTHORIZATION_FAILED: { denies: 'group' },
  CLUSTER_AUTHORIZATION_FAILED: { produce: permissionDenial, denies: 'cluster' },
  // The receiver retries, because its records are assigned the time of sending. Records of the filter keep their own
  // timestamps.
  INVALID_TIMESTAMP: {
    kind: 'reject',
    advice:
      "compare this machine's clock with those of the brokers, or check the topic's message.timestamp.before.max.ms and message.timestamp.after.max.ms",
  },
  UNSUPPORTED_SASL_MECHANISM: { advice: 'set KAFKA_SASL_MECHANISM to one that the listener offers' },
  ILLEGAL_SASL_STATE: {
    advice: 'check KAFKA_SASL_MECHANISM, and the port in KAFKA_BROKERS: the listener does not expect a login',
  },
  UNSUPPORTED_VERSION: { advice: 'the broker is too old or too new for this request' },
  TOPIC_ALREADY_EXISTS: {},
  INVALID_REPLICATION_FACTOR: {
    advice: 'lower the replication factor, which is higher than the number of brokers',
  },
  INVALID_CONFIG: {
    advice: "check the names and values of --setting: the broker's log says which one it rejected",
  },
  NOT_CONTROLLER: { kind: 'reroute' },
  POLICY_VIOLATION: { advice: "a policy of the cluster forbids this: see the broker's log" },
  INVALID_PRODUCER_EPOCH: { kind: 'fenced' },
  INVALID_TRANSACTION_TIMEOUT: {
    advice: "raise the brokers' transaction.max.timeout.ms, which is below the requested transaction timeout",
  },
  CONCURRENT_TRANSACTIONS: { kind: 'wait' },
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: { denies: 'transactional-id' },
  KAFKA_STORAGE_ERROR: { kind: 'reroute', advice: "a disk of the broker failed: see the broker's log" },
  SASL_AUTHENTICATION_FAILED: {
    advice: 'check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and the password, or the KAFKA_OAUTH_ variables',
  },
  GROUP_ID_NOT_FOUND: {},
  LISTENER_NOT_FOUND: {
    kindOfRead: 'reroute',
    advice:
      'the leader of the partition has no listener with the name that this client uses: configure the same listeners on all brokers',
  },
  FENCED_LEADER_EPOCH: { kind: 'reroute', produce: staleLeaderFailure },
  // A recreated topic also causes this error, because its leader epochs start at zero again.
  UNKNOWN_LEADER_EPOCH: { kind: 'reroute', produce: staleLeaderFailure },
  UNSUPPORTED_COMPRESSION_TYPE: { advice: 'choose a compression.type that the brokers support' },
  OFFSET_NOT_AVAILABLE: { kind: 'wait' },
  MEMBER_ID_REQUIRED: {},
  GROUP_MAX_SIZE_REACHED: { advice: "the group has more members than the brokers' group.max.size" },
  FENCED_INSTANCE_ID: {},
  INVALID_RECORD: { kind: 'reject', produce: brokerRejection },
  UNSTABLE_OFFSET_COMMIT: { kindOfRead: 'wait' },
  PRODUCER_FENCED: { kind: 'fenced' },
} as const satisfies Record<string, KafkaErrorMeaning>;

export const errorCodes = Object.fromEntries(
  Object.keys(kafkaErrorMeanings).map((name) => [name, kafkaErrorNames.indexOf(name)]),
) as Readonly<Record<keyof typeof kafkaErrorMeanings, number>>;

/** Looks up the meaning of an error code. Returns an empty object for a code that is not in the table. */
export function findErrorMeaning(errorCode: number): KafkaErrorMeaning {
  const table: Readonly<Record<string, KafkaErrorMeaning | undefined>> = kafkaErrorMeanings;
  return table[toKafkaErrorName(errorCode)] ?? {};
}

/**
 * Returns the name of an error.
 *
 * @returns the name in the Kafka protocol, such as `TOPIC_AUTHORIZATION_FAILED`
 */
export function toKafkaErrorName(errorCode: number): string {
  return errorCode === -1 ? 'UNKNOWN_SERVER_ERROR' : (kafkaErrorNames[errorCode] ?? 'UNKNOWN_ERROR_CODE');
}
