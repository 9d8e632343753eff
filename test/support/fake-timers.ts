import { afterEach, beforeEach, vi } from 'vitest';

/** For each test of a file, or of a block: time stands still until the test puts it forward, and what is drawn by lot is 0. */
export function useFakeTimers(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Math, 'random').mockReturnValue(0);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });
}
