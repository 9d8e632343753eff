import type { KafkaRoutes } from '../../src/stores/kafka/cluster/kafka-routes.ts';

/** Creates routes from the methods that a test provides. A call of any other method fails. */
export function createFakeKafkaRoutes(given: Partial<KafkaRoutes>): KafkaRoutes {
  const reject = () => Promise.reject(new Error('The test gives no such route'));
  return {
    leaderOf: reject,
    coordinatorOf: reject,
    controllerOf: reject,
    viewOf: reject,
    partitionCountOf: reject,
    topicViewOf: reject,
    forget: () => {},
    close: () => {},
    ...given,
  };
}
