import { systemClock } from './clock.ts';
import { exitCodes, isEcho, type ProcessSignals } from './run-process.ts';

interface StopSignalDeps {
  readonly signals: ProcessSignals;
  readonly exit: (code: number) => void;
  readonly onStop: () => void;
  readonly now?: () => number;
}

/** For a command: the first signal aborts, so that what is under way can end. The second one exits at once. */
export function createStopSignal(deps: StopSignalDeps): AbortSignal {
  const { signals, exit, onStop, now = () => systemClock.now() } = deps;
  const stop = new AbortController();
  let stoppingSince = 0;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    signals.on(signal, () => {
      if (!stop.signal.aborted) {
        stoppingSince = now();
        onStop();
        stop.abort();
      } else if (!isEcho(stoppingSince, now())) {
        exit(exitCodes.failed);
      }
    });
  }
  return stop.signal;
}
