import { afterEach, beforeEach, vi } from 'vitest';

/**
 * Installs fake timers for each test of a file or block. The test advances the time, and random numbers are always 0.
 */
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
