import { findMeaning, toKafkaErrorName } from './kafka-errors.ts';
import { findMissingRight, type KafkaQuestion, type KafkaRight } from './kafka-rights.ts';

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
