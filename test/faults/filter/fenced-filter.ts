import { loadFilterConfig } from '../../../src/config/filter-config.ts';
import { startRevisionFilter } from '../../../src/revision-filter.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createLogger } from '../../../src/runtime/logger.ts';
import { runProcess } from '../../../src/runtime/run-process.ts';
import { openFilter } from '../../support/filter/open-filter.ts';
import { faultyFilter } from './filter-faults.ts';

// The filter, with a session so short that a round sees many of them end.
const config = loadFilterConfig(process.env);
const logger = createLogger(config.logLevel);
await runProcess({
  async start() {
    const deps = { ...(await openFilter(config, faultyFilter)), logger, clock: systemClock };
    return startRevisionFilter(config, deps);
  },
  logger,
  shutdownTimeoutMs: config.shutdownTimeoutMs,
  signals: process,
  exit: (code) => process.exit(code),
});
