import { randomUUID } from 'node:crypto';
import { loadFilterConfig } from '../../../src/config/filter-config.ts';
import { startRevisionFilter } from '../../../src/revision-filter.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createLogger } from '../../../src/runtime/logger.ts';
import { createKafkaAccess } from '../../../src/stores/kafka/cluster/kafkajs/connection-options.ts';
import { createKafkaFilter } from '../../../src/stores/kafka/consume/filter/kafka-filter.ts';
import { faultyFilter } from './filter-faults.ts';

// The control: the same filter, but every take-over has a transactional id of its own, so that nobody is fenced.
const config = loadFilterConfig(process.env);
const { store } = config;
if (store.kind !== 'kafka') {
  throw new Error('The filter needs Kafka');
}
const connection = createKafkaAccess(store.connection);
const logger = createLogger(config.logLevel);
const toTransactionalId = (partition: number) => `${partition}-${randomUUID()}`;
const filter = await startRevisionFilter(config, {
  logger,
  clock: systemClock,
  createFilter: (deps) =>
    createKafkaFilter({
      ...{ ...deps, settings: faultyFilter, connection, toTransactionalId },
      compressor: undefined,
      onThrottle: () => undefined,
    }),
});
process.on('SIGTERM', () => void filter.stop().then(() => process.exit(0)));
