import { onTestFinished } from 'vitest';
import type { ApiCall, ApiHandler } from '../../simulation/kafka/transactions/api-handler.ts';
import { createApiVersionsApi } from '../../simulation/kafka/transactions/cluster-apis.ts';
import { toErrorCode } from '../../simulation/kafka/transactions/error-code.ts';
import { kafkaHandlers } from '../../simulation/kafka/transactions/kafka-apis.ts';

export const createTopics = { apiKey: 19, version: 2 };

/** A request to create topics, as a broker received it. */
export interface Creation {
  readonly broker: number;
  readonly atMs: number;
  /** Name, partitions, replicas and settings of each topic. */
  readonly topics: readonly (readonly [string, number, number, Readonly<Record<string, string>>])[];
  readonly timeoutMs: number;
  readonly validateOnly: number;
}

/**
 * Lets brokers of the simulated Kafka create topics until the test ends. By default, these brokers do not create
 * topics.
 *
 * @param refuse returns an error for a topic that must not be created
 * @returns the received requests
 */
export function teachCreations(
  refuse: (topic: string, attempt: number) => string | undefined,
): readonly Creation[] {
  const creations: Creation[] = [];
  const handlers = kafkaHandlers as Map<number, ApiHandler>;
  const untaught = [...handlers.values()];
  const versions = createApiVersionsApi([...untaught, createTopics]);
  onTestFinished(() => {
    handlers.delete(createTopics.apiKey);
    untaught.forEach((each) => void handlers.set(each.apiKey, each));
  });
  handlers.set(versions.apiKey, versions).set(createTopics.apiKey, {
    ...createTopics,
    handle(call) {
      const creation = readCreation(call);
      creations.push(creation);
      const { topics } = call.cluster;
      const answers = creation.topics.map(([name, partitionCount, , settings]) => {
        const error = topics.has(name) ? 'TOPIC_ALREADY_EXISTS' : refuse(name, creations.length);
        if (error === undefined) {
          call.cluster.addTopic({ name, partitionCount, settings });
        }
        return [name, error] as const;
      });
      call.answer((writer) => {
        writer.int32(0);
        writer.array(answers, ([name, error]) => {
          writer.string(name);
          writer.int16(toErrorCode(error));
          writer.string('');
        });
      });
    },
  });
  return creations;
}

function readCreation({ broker, request }: ApiCall): Creation {
  const topics = request.array(() => {
    const [name, partitionCount, replicationFactor] = [request.string(), request.int32(), request.int16()];
    request.array(() => [request.int32(), request.array(request.int32)]);
    const settings = request.array(() => [request.string(), request.string()]);
    return [name, partitionCount, replicationFactor, Object.fromEntries(settings)] as const;
  });
  const [timeoutMs, validateOnly] = [request.int32(), request.int8()];
  return { broker, atMs: performance.now(), topics, timeoutMs, validateOnly };
}
