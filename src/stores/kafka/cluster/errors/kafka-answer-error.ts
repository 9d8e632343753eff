import { causesOf } from '../../../../runtime/errors.ts';
import { type AnswerKind, findMeaning, type KafkaResourceType, toKafkaErrorName } from './kafka-errors.ts';

/** Where the failure is none that a broker has told. */
export const noErrorCode = -1;

/** A broker's answer that is an error. What was asked for was not done; only with `fail` it may have been. */
export class KafkaAnswerError extends Error {
  readonly kind: AnswerKind;
  /** Kafka's protocol error code, or `noErrorCode`. */
  readonly errorCode: number;

  constructor(kind: AnswerKind, errorCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KafkaAnswerError';
    this.kind = kind;
    this.errorCode = errorCode;
  }
}

/**
 * @param what was being done, for the message
 * @throws {KafkaAnswerError} unless the code is 0
 */
export function checkErrorCode(errorCode: number, what: string, asked: KafkaQuestion): void {
  if (errorCode !== 0) {
    throw new KafkaAnswerError(
      findKind(errorCode, asked.api),
      errorCode,
      `${what}: ${formatKafkaError(errorCode, asked)}`,
    );
  }
}

/** Requests that change nothing. */
const readingApis: ReadonlySet<RightfulApi> = new Set([
  'Metadata',
  'DescribeConfigs',
  'Fetch',
  'ListOffsets',
  'OffsetForLeaderEpoch',
  'FindCoordinator',
  'OffsetFetch',
]);

/** What to do about an error of this request. */
export function findKind(errorCode: number, api: RightfulApi): AnswerKind {
  const { kind = 'fail', kindOfRead = kind } = findMeaning(errorCode);
  return readingApis.has(api) ? kindOfRead : kind;
}

/** The broker's own code in an error of kafkajs, such as one that ends a login; `undefined` for every other error. */
export function findErrorCode(error: unknown): number | undefined {
  for (const each of causesOf(error)) {
    if (each.name.startsWith('KafkaJS') && 'code' in each && typeof each.code === 'number') {
      return each.code;
    }
  }
  return undefined;
}

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
