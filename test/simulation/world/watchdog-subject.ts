import { startWatchdog } from './watchdog.ts';

startWatchdog();
setTimeout(() => void goOn(), 300);

/** Never lets the event loop turn. */
async function goOn(): Promise<void> {
  for (;;) {
    if (process.argv[2] === 'endless promises') {
      await Promise.resolve();
    }
  }
}
