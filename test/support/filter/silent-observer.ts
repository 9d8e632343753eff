import type { ProcessorObserver } from '../../../src/revisions/processor-observer.ts';

/** For tests that observe a part of it only. */
export const silentObserver: ProcessorObserver = {
  restored: () => {},
  committed: () => {},
  failed: () => {},
  reset: () => {},
  position: () => {},
  blocked: () => {},
  ended: () => {},
};
