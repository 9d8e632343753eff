import { kafkaErrorNames } from '../../../../src/stores/kafka/cluster/errors/kafka-errors.ts';

/** The number of an error in Kafka's protocol. */
export function toErrorCode(name: string): number {
  const code = kafkaErrorNames.indexOf(name);
  if (code < 0) {
    throw new RangeError(`${name} is no error of Kafka`);
  }
  return code;
}
