import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/runtime/config-error.ts';
import { UsageError } from '../../src/runtime/errors.ts';
import {
  createStopSignal,
  type RunProcessOptions,
  runProcess,
  toExitResult,
} from '../../src/runtime/run-process.ts';
import { captureLog } from '../support/captured-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function run(options: Partial<RunProcessOptions> & { readonly stop: () => Promise<void> }) {
  const signals = new EventEmitter();
  const exited = Promise.withResolvers<number>();
  const log = captureLog();
  const running = runProcess({
    start: async () => ({ stop: options.stop }),
    logger: log.logger,
    shutdownTimeoutMs: 10_000,
    signals: { on: (signal, listener) => signals.on(signal, () => listener(signal)) },
    exit: (code) => exited.resolve(code),
    ...options,
  });
  const said = () => log.lines.map(({ level, msg }) => `${String(level)}: ${String(msg)}`);
  return { signals, exited: exited.promise, running, said };
}

const stopping = 'info: shutting down within 10 s; a second signal exits immediately';

describe('runProcess', () => {
  test('exits with 0 once a signal has stopped it', async () => {
    let stops = 0;
    const { signals, exited, running, said } = run({
      async stop() {
        stops += 1;
      },
    });
    await running;
    signals.emit('SIGTERM');
    expect(await exited).toBe(0);
    expect(stops).toBe(1);
    expect(said()).toEqual([stopping, 'info: stopped']);
  });

  test('exits with 1 when the process says that it cannot go on', async () => {
    const failed = Promise.resolve(new Error('the partitions differ'));
    const stop = async () => {};
    const { exited, said } = run({ start: async () => ({ stop, failed }), stop });
    expect(await exited).toBe(1);
    expect(said()).toEqual(['fatal: the partitions differ']);
  });

  test('exits with 1 when stopping fails', async () => {
    const { signals, exited, said } = run({ stop: () => Promise.reject(new Error('no')) });
    signals.emit('SIGINT');
    expect(await exited).toBe(1);
    expect(said()).toEqual([stopping, 'error: shutdown failed']);
  });

  test('exits with 1 when stopping takes longer than its budget', async () => {
    const { signals, exited, said } = run({ stop: () => new Promise(() => {}), shutdownTimeoutMs: 5 });
    signals.emit('SIGTERM');
    expect(await exited).toBe(1);
    expect(said().at(-1)).toBe('error: shutdown timed out: exiting');
  });

  test('exits at once on a second signal', async () => {
    const clock = createFakeClock();
    const { signals, exited, said } = run({ stop: () => new Promise(() => {}), clock });
    signals.emit('SIGTERM');
    clock.advance(1000);
    signals.emit('SIGTERM');
    expect(await exited).toBe(1);
    expect(said()).toEqual([stopping, 'warn: second signal received: exiting immediately']);
  });

  test('takes a signal that npm passes on a moment later as the same one', async () => {
    const stopped = Promise.withResolvers<void>();
    const clock = createFakeClock();
    const { signals, exited } = run({ stop: () => stopped.promise, clock });
    signals.emit('SIGINT');
    clock.advance(999);
    signals.emit('SIGINT');
    stopped.resolve();
    expect(await exited).toBe(0);
  });

  test('stops what a signal during the start caught half up', async () => {
    const started = Promise.withResolvers<void>();
    let stops = 0;
    const { signals, exited } = run({
      stop: async () => {
        stops += 1;
      },
      async start() {
        await started.promise;
        return {
          stop: async () => {
            stops += 1;
          },
        };
      },
    });
    signals.emit('SIGTERM');
    started.resolve();
    expect(await exited).toBe(0);
    expect(stops).toBe(1);
  });
});

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
  expect(said).toEqual(['stopping', 'exit 2']);
});

test('the echo of the first, which a terminal and npm send, is none', () => {
  const { said, signalAt } = setUp();
  signalAt(5_000);
  signalAt(5_020);
  signalAt(5_900, 'SIGTERM');
  expect(said).toEqual(['stopping']);
});

test.each([
  [new Error('no broker\nanswers'), 'error: no broker\\nanswers', 1],
  [new UsageError('give --url'), 'error: give --url', 2],
  [
    new ConfigError([{ variable: 'A', message: 'is B' }]),
    expect.stringMatching(/^error: .*\n {2}A: is B$/),
    2,
  ],
])('a start that fails with "%s" ends with its text and code', async (cause, text, code) => {
  const { running } = run({ start: () => Promise.reject(cause), stop: async () => {} });
  expect(toExitResult(await running.catch((error: unknown) => error))).toEqual({ text, code });
});

test('what the system refuses a command names who asked', () => {
  const refused = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
  const text = `error: EACCES: permission denied (this process has the user id ${process.getuid?.()})`;
  expect(toExitResult(refused)).toEqual({ text, code: 2 });
});
