import { grantRights } from '../../support/kafka/grant-rights.ts';
import type { KafkaCluster } from '../../support/kafka/kafka-cluster.ts';
import { toWriteRight } from '../actions/rights-taken.ts';
import { receiverUser } from '../faulty-kafka.ts';
import { createReceiver, type ReceiverPlace } from './create-receiver.ts';
import type { Service, ServiceTopics } from './service.ts';

/** A receiver with a name on the cluster, and with the rights that it needs. */
export async function createLoggedInReceiver(
  { internalBootstrap, saslBootstrap = '' }: KafkaCluster,
  topics: ServiceTopics,
  place: ReceiverPlace,
): Promise<Service> {
  const rights = [topics.events, topics.deadLetter].map(toWriteRight);
  await grantRights(internalBootstrap, receiverUser.username, rights);
  return createReceiver({ ...topics, bootstrap: saslBootstrap }, { ...place, login: receiverUser });
}
