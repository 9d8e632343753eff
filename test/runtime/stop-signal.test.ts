import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { createStopSignal } from '../../src/runtime/stop-signal.ts';

function setUp() {
  const signals = new EventEmitter();
  const said: string[] = [];
  let nowMs = 0;
  const stop = createStopSignal({
    signals,
    exit: (code) => void said.push(`exit ${code}`),
    onStop: () => void said.push('stopping'),
    now: () => nowMs,
  });
  const signalAt = (ms: number, signal = 'SIGINT') => {
    nowMs = ms;
    signals.emit(signal, signal);
  };
  return { stop, said, signalAt };
}

test('the first signal aborts, and the second one exits at once', () => {
  const { stop, said, signalAt } = setUp();
  expect(stop.aborted).toBe(false);
  signalAt(0);
  expect([stop.aborted, said]).toEqual([true, ['stopping']]);
  signalAt(1_500, 'SIGTERM');
  expect(said).toEqual(['stopping', 'exit 1']);
});

test('the echo of the first, which a terminal and npm send, is none', () => {
  const { said, signalAt } = setUp();
  signalAt(0);
  signalAt(20);
  signalAt(900, 'SIGTERM');
  expect(said).toEqual(['stopping']);
});
