import { expect, test } from 'vitest';
import { OutageReporter } from '../../src/runtime/outage-reporter.ts';
import { inVirtualTime } from '../support/in-virtual-time.ts';

test('tells an outage once, and its end once, and waits longer each time until then; not after the signal', () =>
  inVirtualTime(async () => {
    const told: string[] = [];
    const stop = new AbortController();
    const outage = new OutageReporter({ onWarning: (text) => told.push(text), signal: stop.signal });
    const measure = async (reason: string) => {
      const startedAt = performance.now();
      await outage.wait(reason);
      return performance.now() - startedAt;
    };
    outage.passed();
    const waits = [await measure('The store is unavailable.')];
    for (let tried = 0; tried < 6; tried += 1) {
      waits.push(await measure('It is still away'));
    }
    expect(waits).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000]);
    outage.passed();
    outage.passed();
    expect(await measure('Away again')).toBe(100);
    stop.abort();
    expect(await measure('Still away')).toBe(0);
    expect(told).toEqual([
      'The store is unavailable. Retrying until the store responds.',
      'Reading continues.',
      'Away again. Retrying until the store responds.',
    ]);
  }));
