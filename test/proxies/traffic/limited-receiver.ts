import { loadReceiverConfig } from '../../../src/config/receiver-config.ts';
import { startReceiver } from '../../../src/receiver.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createBufferedLog } from '../../../src/runtime/logger.ts';
import { runProcess } from '../../../src/runtime/run-process.ts';

// Starts the receiver with in-flight limits that are so low that an attacker can reach them.
const config = loadReceiverConfig(process.env);
const http = { ...config.http, maxInFlightBytes: 2 * 1024 * 1024 };
const { logger, flush } = createBufferedLog(config.logLevel);
await runProcess({
  start: () => startReceiver({ ...config, http }, { logger, clock: systemClock }),
  logger,
  shutdownTimeoutMs: config.shutdown.timeoutMs,
  signals: process,
  exit(code) {
    flush();
    process.exit(code);
  },
});
