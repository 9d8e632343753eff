import { startWatchdog } from './watchdog.ts';

startWatchdog();
setTimeout(() => void goOn(), 300);

/** Blocks the event loop with an endless chain of promises. */
async function goOn(): Promise<void> {
  for (;;) {
    if (process.argv[2] === 'endless promises') {
      await Promise.resolve();
    }
  }
}
