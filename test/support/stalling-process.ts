// A process that watches itself and then stands still: in one long step, or in microtasks for ever.
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { watchStalls } from '../../src/runtime/stall-watch.ts';

const logger = createLogger('info');
watchStalls({
  clock: systemClock,
  logger,
  onStall: (ms) => logger.info({ ms }, 'counted'),
});
await delay(1_000);
if (process.argv[2] === 'step') {
  const endsAt = performance.now() + 3_000;
  while (performance.now() < endsAt) {}
  await delay(500);
} else if (process.argv[2] === 'microtasks') {
  for (;;) {
    await Promise.resolve();
  }
} else {
  await delay(3_000);
}
