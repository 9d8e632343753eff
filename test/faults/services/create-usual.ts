import { createUsualProcess } from './create-usual-process.ts';
import type { Service, ServiceTopics } from './service.ts';

export function createUsual(topics: ServiceTopics, idempotent: boolean): Promise<Service> {
  return createUsualProcess({
    name: idempotent ? 'usual way, idempotent' : 'usual way',
    script: new URL('usual-service.ts', import.meta.url),
    env: {
      BOOTSTRAP: topics.bootstrap,
      TOPIC: topics.events,
      IDEMPOTENT: String(idempotent),
      KAFKAJS_NO_PARTITIONER_WARNING: '1',
    },
    directory: topics.directory,
  });
}
