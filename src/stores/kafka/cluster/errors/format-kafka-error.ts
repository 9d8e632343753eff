import { findMeaning, type KafkaResourceType, toKafkaErrorName } from './kafka-errors.ts';

/**
 * A broker's error for the operator: its name, the right that is missing, what to do.
 *
 * @returns one sentence without its full stop, such as `TOPIC_AUTHORIZATION_FAILED (29): no right to Read topic a: …`
 */
export function formatKafkaError(errorCode: number, asked: KafkaQuestion): string {
  const missingRight = findMissingRight(errorCode, asked);
  const advice = missingRight === undefined ? findMeaning(errorCode).advice : toGrant(missingRight);
  const refused =
    missingRight && `no right to ${missingRight.operation} ${toWords(missingRight)} (asked by ${asked.api})`;
  return [`${toKafkaErrorName(errorCode)} (${errorCode})`, refused, advice]
    .filter((part) => part !== undefined)
    .join(': ');
}

function toWords({ resourceType, resourceName }: KafkaRight): string {
  return resourceType === 'cluster' ? 'the cluster' : `${resourceType} ${resourceName}`;
}

/** As arguments of Kafka's own tool. They also show what to grant in another way. */
function toGrant({ operation, resourceType, resourceName }: KafkaRight): string {
  const resource = resourceType === 'cluster' ? '--cluster' : `--${resourceType} ${resourceName}`;
  return `grant it to this client's principal, as with "kafka-acls --add --allow-principal User:… --operation ${operation} ${resource}"`;
}

/** @see https://kafka.apache.org/documentation/#operations_resources_and_protocols */
type KafkaOperation = 'Read' | 'Write' | 'Describe' | 'DescribeConfigs' | 'Create' | 'IdempotentWrite';

export interface KafkaRight {
  readonly operation: KafkaOperation;
  readonly resourceType: KafkaResourceType;
  readonly resourceName: string;
}

/** The request to a broker, as far as rights depend on it. */
export interface KafkaQuestion {
  readonly api: RightfulApi;
  readonly topic?: string;
  readonly group?: string;
  readonly transactionalId?: string;
}

/** By request: the operation that it needs the right to, on each kind of thing that it names. */
const neededBy = {
  Metadata: { topic: 'Describe' },
  DescribeConfigs: { topic: 'DescribeConfigs' },
  CreateTopics: { topic: 'Create', cluster: 'Create' },
  Produce: { topic: 'Write', 'transactional-id': 'Write', cluster: 'IdempotentWrite' },
  Fetch: { topic: 'Read' },
  ListOffsets: { topic: 'Describe' },
  OffsetForLeaderEpoch: { topic: 'Describe' },
  FindCoordinator: { group: 'Describe', 'transactional-id': 'Describe' },
  JoinGroup: { group: 'Read' },
  SyncGroup: { group: 'Read' },
  Heartbeat: { group: 'Read' },
  OffsetFetch: { group: 'Describe', topic: 'Describe' },
  OffsetCommit: { group: 'Read', topic: 'Read' },
  InitProducerId: { 'transactional-id': 'Write' },
  AddPartitionsToTxn: { 'transactional-id': 'Write', topic: 'Write' },
  AddOffsetsToTxn: { 'transactional-id': 'Write', group: 'Read' },
  TxnOffsetCommit: { 'transactional-id': 'Write', group: 'Read', topic: 'Read' },
  EndTxn: { 'transactional-id': 'Write' },
} as const satisfies Record<string, Partial<Record<KafkaResourceType, KafkaOperation>>>;

export type RightfulApi = keyof typeof neededBy;

/** The right that is missing; `undefined` when the error is about something else. */
function findMissingRight(errorCode: number, asked: KafkaQuestion): KafkaRight | undefined {
  const resourceType = findMeaning(errorCode).denies;
  if (resourceType === undefined) {
    return undefined;
  }
  const needed: Partial<Record<KafkaResourceType, KafkaOperation>> = neededBy[asked.api];
  const operation = needed[resourceType];
  const resourceName = toResourceName(resourceType, asked);
  return operation && resourceName !== undefined ? { operation, resourceType, resourceName } : undefined;
}

function toResourceName(type: KafkaResourceType, asked: KafkaQuestion): string | undefined {
  switch (type) {
    case 'topic':
      return asked.topic;
    case 'group':
      return asked.group;
    case 'transactional-id':
      return asked.transactionalId;
    case 'cluster':
      return 'kafka-cluster';
  }
}
