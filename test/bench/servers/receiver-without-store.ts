// This receiver, whole, with a sink that stores nothing: what everything but the store costs.
import { loadReceiverConfig } from '../../../src/config/receiver-config.ts';
import { startReceiver } from '../../../src/receiver.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createBufferedLog } from '../../../src/runtime/logger.ts';
import { tuneEngine } from '../../../src/runtime/tune-engine.ts';
import { createMemorySink } from '../../support/memory-sink.ts';

tuneEngine();
const config = loadReceiverConfig(process.env);
const sink = { ...createMemorySink(), append: async () => [] };
const receiver = await startReceiver(config, {
  logger: createBufferedLog(config.logLevel).logger,
  clock: systemClock,
  sink,
});
process.once('SIGINT', () => void receiver.stop().then(() => process.exit(0)));
