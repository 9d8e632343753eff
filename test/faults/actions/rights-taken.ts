import { setTimeout as delay } from 'node:timers/promises';
import type { KafkaRight } from '../../../src/stores/kafka/cluster/errors/kafka-answer-error.ts';
import { grantRights, takeRights } from '../../support/kafka/grant-rights.ts';
import { receiverUser } from '../faulty-kafka.ts';
import type { Fault } from './fault.ts';

/** What a receiver needs of a topic. */
export function toWriteRight(topic: string): KafkaRight {
  return { operation: 'Write', resourceType: 'topic', resourceName: topic };
}

/** Not beside others: the receiver logs in, at an address without a proxy. */
export const rightsTaken: Fault = {
  name: 'rights taken and given back',
  async run({ cluster, topic }, durationMs) {
    const { internalBootstrap } = cluster;
    await takeRights(internalBootstrap, receiverUser.username, [toWriteRight(topic)]);
    await delay(durationMs);
    await grantRights(internalBootstrap, receiverUser.username, [toWriteRight(topic)]);
  },
};
