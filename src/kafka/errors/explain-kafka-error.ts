import { findMeaning, toKafkaErrorName } from './kafka-errors.ts';
import { findMissingRight, type KafkaQuestion, type KafkaRight } from './kafka-rights.ts';

/** A broker's error, for the operator. */
export interface KafkaErrorExplanation {
  /** The protocol's name. */
  readonly errorName: string;
  readonly missingRight?: KafkaRight;
  /** What to do about it; `undefined` when it passes by itself. */
  readonly advice?: string;
}

/** The name of a broker's error, the right that is missing, and what to do. */
export function explainKafkaError(errorCode: number, asked: KafkaQuestion): KafkaErrorExplanation {
  const errorName = toKafkaErrorName(errorCode);
  const missingRight = findMissingRight(errorCode, asked);
  const advice = missingRight === undefined ? findMeaning(errorCode).advice : toGrant(missingRight);
  return { errorName, ...(missingRight && { missingRight }), ...(advice !== undefined && { advice }) };
}

/** @returns one sentence without its full stop, such as `TOPIC_AUTHORIZATION_FAILED (29): no right to Read topic a: …` */
export function formatKafkaError(errorCode: number, asked: KafkaQuestion): string {
  const { errorName, missingRight, advice } = explainKafkaError(errorCode, asked);
  const refused =
    missingRight && `no right to ${missingRight.operation} ${toWords(missingRight)} (asked by ${asked.api})`;
  return [`${errorName} (${errorCode})`, refused, advice].filter((part) => part !== undefined).join(': ');
}

function toWords({ resourceType, resourceName }: KafkaRight): string {
  return resourceType === 'cluster' ? 'the cluster' : `${resourceType} ${resourceName}`;
}

/** As arguments of Kafka's own tool. They also show what to grant in another way. */
function toGrant({ operation, resourceType, resourceName }: KafkaRight): string {
  const resource = resourceType === 'cluster' ? '--cluster' : `--${resourceType} ${resourceName}`;
  return `grant it to this client's principal, as with "kafka-acls --add --allow-principal User:… --operation ${operation} ${resource}"`;
}
