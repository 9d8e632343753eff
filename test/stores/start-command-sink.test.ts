import { expect, test, vi } from 'vitest';
import type { SinkHealth } from '../../src/ports/sink.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { startCommandSink } from '../../src/stores/open-store.ts';
import { createToyStore } from '../e2e/toy/toy-store.ts';
import { useFakeTimers } from '../support/fake-timers.ts';
import { createMemorySink } from '../support/memory-sink.ts';

useFakeTimers();

/** Creates a store that reports itself as unavailable, with a reason, until the test makes it available. */
function setUp() {
  const memory = createMemorySink();
  const started = Promise.withResolvers<void>();
  let health: SinkHealth = { up: false, detail: 'the store is unavailable' };
  const sink = { ...memory, start: () => started.promise, health: () => health, close: vi.fn() };
  const store = {
    ...createToyStore({ name: 'a' }),
    createSink: async () => sink,
    sinkStart: { timeoutMs: 15_000, advice: ' (try this)' },
  };
  const starting = startCommandSink(store, {
    topics: [],
    maxBodyBytes: 1,
    logger: createLogger('silent'),
  });
  const outcomes: string[] = [];
  void starting.then(
    () => outcomes.push('started'),
    (error: Error) => outcomes.push(error.message),
  );
  return {
    sink,
    become: (next: SinkHealth) => {
      health = next;
    },
    start: started.resolve,
    after: async (ms: number) => {
      await vi.advanceTimersByTimeAsync(ms);
      return outcomes[0];
    },
  };
}

const refused = { up: false, detail: 'no right', isFinal: true };

test('what may pass is waited for, as long as the store gives', async () => {
  const { after } = setUp();
  expect(await after(14_000)).toBeUndefined();
  expect(await after(1_000)).toBe('The store is unavailable: the store is unavailable (try this)');
});

test('a cause that does not pass ends it, with that cause', async () => {
  const { sink, become, after } = setUp();
  become(refused);
  expect(await after(900)).toBeUndefined();
  expect(await after(100)).toBe('The store is unavailable: no right (try this)');
  expect(sink.close).toHaveBeenCalledTimes(1);
});

test('a cause that has passed after all ends nothing', async () => {
  const { become, start, after } = setUp();
  become(refused);
  expect(await after(700)).toBeUndefined();
  become({ up: false, detail: 'nearly there' });
  expect(await after(700)).toBeUndefined();
  become(refused);
  expect(await after(700)).toBeUndefined();
  start();
  expect(await after(0)).toBe('started');
  expect(vi.getTimerCount()).toBe(0);
});
