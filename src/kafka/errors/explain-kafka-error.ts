import { toKafkaErrorName } from './kafka-error-names.ts';
import { findMissingRight, type KafkaQuestion, type KafkaRight } from './kafka-rights.ts';

/** An error of a broker for whoever runs this. */
export interface KafkaErrorExplanation {
  /** The protocol's name. */
  readonly errorName: string;
  readonly missingRight?: KafkaRight;
  /** What to do about it; `undefined` when it passes by itself. */
  readonly advice?: string;
}

/** For errors that stay until somebody does something. */
const advices: Readonly<Record<number, string>> = {
  3: 'create the topic ("comapi-webhook topics"), or check the topic\'s name and the right to describe it',
  12: "raise the brokers' offset.metadata.max.bytes",
  15: 'check that the brokers can make their inner topics: replication factors of offsets and transactions',
  17: "check the topic's name",
  19: "start the brokers that hold the partition's replicas, or compare them with min.insync.replicas",
  20: "start the brokers that hold the partition's replicas, or compare them with min.insync.replicas",
  23: 'another kind of consumer uses this group: choose another group id',
  24: 'choose another group id',
  26: "keep the session timeout between the brokers' group.min.session.timeout.ms and group.max.session.timeout.ms",
  33: 'set KAFKA_SASL_MECHANISM to one that the listener offers',
  34: 'check KAFKA_TLS and KAFKA_SASL_MECHANISM against the listener',
  35: 'the broker is too old, or too new, for this request',
  38: 'there are fewer brokers than the replication factor asks for',
  44: "a policy of the cluster refuses this: see the broker's log",
  50: "the brokers' transaction.max.timeout.ms is below what is asked for",
  56: "a disk of the broker failed: see the broker's log",
  58: 'check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and the password',
  76: 'choose a compression.type that the brokers know',
  81: "the group has more members than the brokers' group.max.size",
};

/** One place for the words about every broker's error: its name, the right that is missing, what to do. */
export function explainKafkaError(errorCode: number, asked: KafkaQuestion): KafkaErrorExplanation {
  const errorName = toKafkaErrorName(errorCode);
  const missingRight = findMissingRight(errorCode, asked);
  const advice = missingRight === undefined ? advices[errorCode] : toGrant(missingRight);
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

/** As arguments of Kafka's own tool, which other ways to grant rights can be read off. */
function toGrant({ operation, resourceType, resourceName }: KafkaRight): string {
  const resource = resourceType === 'cluster' ? '--cluster' : `--${resourceType} ${resourceName}`;
  return `grant it to this client's principal, as with "kafka-acls --add --allow-principal User:… --operation ${operation} ${resource}"`;
}
