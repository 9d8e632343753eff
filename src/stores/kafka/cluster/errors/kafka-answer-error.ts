import { causesOf } from '../../../../runtime/errors.ts';
import {
  type AnswerKind,
  findErrorMeaning,
  type KafkaResourceType,
  toKafkaErrorName,
} from './kafka-errors.ts';

/** Error code of a failure that no broker reported. */
export const unknownErrorCode = -1;

/** An error that a broker returned. Unless the kind is `fail`, the broker did not process the request. */
export class KafkaAnswerError extends Error {
  readonly kind: AnswerKind;
  /** Error code of the Kafka protocol, or `unknownErrorCode`. */
  readonly errorCode: number;

  constructor(kind: AnswerKind, errorCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KafkaAnswerError';
    this.kind = kind;
    this.errorCode = errorCode;
  }
}

/**
 * Checks an error code.
 *
 * @param what failed operation for the error message, such as `cannot join the group`
 * @throws {KafkaAnswerError} unless the code is 0
 */
export function checkErrorCode(errorCode: number, what: string, request: RequestContext): void {
  if (errorCode !== 0) {
    throw new KafkaAnswerError(
      findKind(errorCode, request.api),
      errorCode,
      `${what}: ${formatKafkaError(errorCode, request)}`,
    );
  }
}

const readApis: ReadonlySet<ProtectedApi> = new Set([
  'Metadata',
  'DescribeConfigs',
  'Fetch',
  'ListOffsets',
  'OffsetForLeaderEpoch',
  'FindCoordinator',
  'OffsetFetch',
]);

/** Determines how the client reacts to an error of a request. */
export function findKind(errorCode: number, api: ProtectedApi): AnswerKind {
  const { kind = 'fail', kindOfRead = kind } = findErrorMeaning(errorCode);
  return readApis.has(api) ? kindOfRead : kind;
}

/**
 * Finds the error code from the broker in a kafkajs error, such as a failed login. Returns `undefined` for every
 * other error.
 */
export function findErrorCode(error: unknown): number | undefined {
  for (const each of causesOf(error)) {
    if (each.name.startsWith('KafkaJS') && 'code' in each && typeof each.code === 'number') {
      return each.code;
    }
  }
  return undefined;
}

/**
 * Formats a broker error for the operator with its name, the missing permission, and the remedy.
 *
 * @returns one sentence without a full stop, such as `TOPIC_AUTHORIZATION_FAILED (29): this client lacks
 * the permission Read on topic a, …`
 */
export function formatKafkaError(errorCode: number, request: RequestContext): string {
  const missingPermission = findMissingPermission(errorCode, request);
  const advice =
    missingPermission === undefined ? findErrorMeaning(errorCode).advice : toAclArguments(missingPermission);
  const permissionText =
    missingPermission &&
    `this client lacks the permission ${missingPermission.operation} on ${describeResource(missingPermission)}, which the request ${request.api} needs`;
  return [`${toKafkaErrorName(errorCode)} (${errorCode})`, permissionText, advice]
    .filter((part) => part !== undefined)
    .join(': ');
}

function describeResource({ resourceType, resourceName }: KafkaPermission): string {
  return resourceType === 'cluster' ? 'the cluster' : `${resourceType} ${resourceName}`;
}

/** Formats the missing permission as arguments of `kafka-acls.sh`. */
function toAclArguments({ operation, resourceType, resourceName }: KafkaPermission): string {
  const resource = resourceType === 'cluster' ? '--cluster' : `--${resourceType} ${resourceName}`;
  return `grant this permission to this client's principal, for example with "kafka-acls --add --allow-principal User:… --operation ${operation} ${resource}"`;
}

/** @see https://kafka.apache.org/documentation/#operations_resources_and_protocols */
type KafkaOperation = 'Read' | 'Write' | 'Describe' | 'DescribeConfigs' | 'Create' | 'IdempotentWrite';

export interface KafkaPermission {
  readonly operation: KafkaOperation;
  readonly resourceType: KafkaResourceType;
  readonly resourceName: string;
}

export interface RequestContext {
  readonly api: ProtectedApi;
  readonly topic?: string;
  readonly group?: string;
  readonly transactionalId?: string;
}

/** Operations that require a permission, by request and by the type of resource that the request names. */
const requiredOperations = {
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

export type ProtectedApi = keyof typeof requiredOperations;

/** Finds the missing permission. Returns `undefined` if the error has another cause. */
function findMissingPermission(errorCode: number, request: RequestContext): KafkaPermission | undefined {
  const resourceType = findErrorMeaning(errorCode).denies;
  if (resourceType === undefined) {
    return undefined;
  }
  const requiredByResource: Partial<Record<KafkaResourceType, KafkaOperation>> =
    requiredOperations[request.api];
  const operation = requiredByResource[resourceType];
  const resourceName = toResourceName(resourceType, request);
  return operation && resourceName !== undefined ? { operation, resourceType, resourceName } : undefined;
}

function toResourceName(type: KafkaResourceType, request: RequestContext): string | undefined {
  switch (type) {
    case 'topic':
      return request.topic;
    case 'group':
      return request.group;
    case 'transactional-id':
      return request.transactionalId;
    case 'cluster':
      return 'kafka-cluster';
  }
}
