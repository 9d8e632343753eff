import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ReloadingValue } from '../../src/runtime/reloading-value.ts';
import { captureLog } from '../support/captured-log.ts';

function createReloadingValue(load: () => string[], refuse: () => void = () => {}) {
  const log = captureLog();
  const changes: string[][] = [];
  const value = new ReloadingValue({
    name: 'list',
    load,
    reload: async () => load(),
    onChange(changed) {
      refuse();
      changes.push(changed);
    },
    intervalMs: 1,
    logger: log.logger,
  });
  onTestFinished(() => value.stop());
  return { value, log, changes };
}

describe('ReloadingValue', () => {
  test('takes up a change and tells of it once', async () => {
    let list = ['a'];
    const { value, log, changes } = createReloadingValue(() => [...list]);
    expect(value.current).toEqual(['a']);
    list = ['b'];
    await expect.poll(() => value.current).toEqual(['b']);
    expect(changes).toEqual([['b']]);
    expect(log.lines).toMatchObject([
      { level: 'info', name: 'list', msg: 'the changed files were reloaded' },
    ]);
  });

  test('keeps the last good value while the source is not usable, and says so once', async () => {
    let loads = 0;
    const { value, log } = createReloadingValue(() => {
      loads += 1;
      if (loads > 1 && loads < 10) {
        throw new Error('half written');
      }
      return [loads < 10 ? 'old' : 'new'];
    });
    await expect.poll(() => value.current).toEqual(['new']);
    expect(log.lines.filter(({ failure }) => failure === 'half written')).toHaveLength(1);
  });

  test('says once that what was read is refused by who uses it, and for how long', async () => {
    let list = ['a'];
    let refusals = 0;
    let refusing = true;
    const { value, log } = createReloadingValue(
      () => [...list],
      () => {
        if (refusing) {
          refusals += 1;
          throw new Error('key values mismatch');
        }
      },
    );
    expect(value.failure).toBeUndefined();
    list = ['b'];
    await expect.poll(() => refusals).toBeGreaterThan(3);
    expect(value.failure).toBe('key values mismatch');
    expect(value.current).toEqual(['a']);
    refusing = false;
    await expect.poll(() => value.current).toEqual(['b']);
    expect(value.failure).toBeUndefined();
    expect(log.lines.filter(({ failure }) => failure === 'key values mismatch')).toHaveLength(1);
  });

  test('reads once at a time, keeps the last good value while reading hangs, and ends', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    let hanging = Promise.withResolvers<string[]>();
    let reads = 0;
    const value = new ReloadingValue({
      name: 'list',
      load: () => ['a'],
      reload() {
        reads += 1;
        return hanging.promise;
      },
      intervalMs: 1,
      logger: captureLog().logger,
    });
    await vi.advanceTimersByTimeAsync(30);
    expect([reads, value.current]).toEqual([1, ['a']]);
    hanging.resolve(['b']);
    hanging = Promise.withResolvers();
    await vi.advanceTimersByTimeAsync(1);
    expect([reads, value.current]).toEqual([2, ['b']]);
    value.stop();
    hanging.resolve(['c']);
    await vi.advanceTimersByTimeAsync(30);
    expect([reads, value.current]).toEqual([2, ['b']]);
  });

  test('throws at first when there is nothing usable', () => {
    expect(() =>
      createReloadingValue(() => {
        throw new Error('nothing there');
      }),
    ).toThrow('nothing there');
  });
});
