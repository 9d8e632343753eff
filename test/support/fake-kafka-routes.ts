import type { KafkaRoutes } from '../../src/stores/kafka/cluster/kafka-routes.ts';

/** Routes of which a test gives what is needed; everything else must not be asked for. */
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
