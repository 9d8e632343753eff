import type { StoreConfig } from '../config/stores.ts';
import type { Store } from './store.ts';

/** The store that the configuration names. Only its own modules are loaded. */
export async function openStore(config: StoreConfig): Promise<Store> {
  switch (config.kind) {
    case 'journal':
      return (await import('./journal-store.ts')).createJournalStore(config);
    case 'kafka':
      return (await import('./kafka-store.ts')).createKafkaStore(config);
    case 'rabbitmq':
      return (await import('./rabbitmq-store.ts')).createRabbitMqStore(config);
    case 'redis':
      return (await import('./redis-store.ts')).createRedisStore(config);
  }
}
