import { join } from 'node:path';
import { freePorts } from '../../support/free-ports.ts';
import type { Service, ServiceTopics } from './service.ts';
import { createServiceProcess } from './service-process.ts';

/** The usual way as a service, not started. */
export async function createUsual(topics: ServiceTopics, idempotent: boolean): Promise<Service> {
  const [httpPort = 0] = await freePorts(1);
  const service = createServiceProcess({
    command: process.execPath,
    args: [new URL('usual-service.ts', import.meta.url).pathname],
    env: {
      PORT: String(httpPort),
      BOOTSTRAP: topics.bootstrap,
      TOPIC: topics.events,
      IDEMPOTENT: String(idempotent),
      KAFKAJS_NO_PARTITIONER_WARNING: '1',
    },
    readyUrl: `http://127.0.0.1:${httpPort}/`,
    logFile: join(topics.directory, 'service.log'),
  });
  const name = idempotent ? 'usual way, idempotent' : 'usual way';
  return { name, httpPort, path: '/', process: service, secret: () => 'not looked at by this service' };
}
