import type { Observers } from '../../src/webhook/observers.ts';

/** Observers that do nothing. */
export const silentObservers: Observers = {
  observeStart: () => {},
  observeEvents: () => {},
  observeAnswer: () => {},
  observeMisdirected: () => {},
};
