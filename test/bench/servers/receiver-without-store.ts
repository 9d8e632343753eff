// This receiver, whole, with a sink that stores nothing: what everything but the store costs.
import { loadReceiverConfig } from '../../../src/config/receiver-config.ts';
import { startReceiver } from '../../../src/receiver.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createLogger } from '../../../src/runtime/logger.ts';
import { createMemorySink } from '../../support/memory-sink.ts';

const config = loadReceiverConfig(process.env);
const sink = { ...createMemorySink(), append: async () => [] };
await startReceiver(config, { logger: createLogger(config.logLevel), clock: systemClock, sink });
