import { causesOf } from '../../../../runtime/errors.ts';
import { formatKafkaError, type KafkaQuestion, type RightfulApi } from './format-kafka-error.ts';
import { type AnswerKind, findMeaning } from './kafka-errors.ts';

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
