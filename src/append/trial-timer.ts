import type { Circuit } from './circuit.ts';

/** Lets a trial through an open circuit when one is due. */
export interface TrialTimer {
  /** To be called when the circuit opens. */
  start(): void;
  stop(): void;
}

/** Timers of Node may come a millisecond early. */
const leastDelayMs = 50;

/**
 * A new connection admits the trial, too. But the circuit may open while a good one stands already, or just comes up:
 * the request that failed was on the one before.
 *
 * @param isConnected a trial needs a connection
 */
export function createTrialTimer(circuit: Circuit, isConnected: () => boolean): TrialTimer {
  let timer: NodeJS.Timeout | undefined;

  function start(): void {
    clearTimeout(timer);
    timer = setTimeout(admit, Math.max(leastDelayMs, circuit.trialInMs())).unref();
  }

  function admit(): void {
    if (isConnected()) {
      circuit.admitTrial();
    }
    if (circuit.isOpen()) {
      start();
    }
  }

  return { start, stop: () => clearTimeout(timer) };
}
