import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { onTestFinished } from 'vitest';
import { loadReceiverConfig, type ReceiverConfig } from '../../src/config/receiver-config.ts';
import type { ReceiverSink } from '../../src/ports/sink.ts';
import { startReceiver } from '../../src/receiver.ts';
import { type Clock, systemClock } from '../../src/runtime/clock.ts';
import type { Env } from '../../src/runtime/config-error.ts';
import { captureLog } from './captured-log.ts';

export const testSecret = 'f946b0e7-5fe9-4f57-9d8f-62b3ac0b4a13';

/** Creates a directory that is removed after the test. Concurrent tests each pass their own `onEnd` function. */
export function temporaryDirectory(onEnd = onTestFinished): string {
  const directory = mkdtempSync(join(tmpdir(), 'comapi-webhook-'));
  onEnd(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export type TestReceiver = Awaited<ReturnType<typeof startTestReceiver>>;

interface TestReceiverOptions {
  readonly env?: Env;
  /** Overrides settings that depend on the environment and the available memory. */
  readonly http?: Partial<ReceiverConfig['http']>;
  readonly sink?: ReceiverSink;
  readonly clock?: Clock;
  readonly registry?: Registry;
}

/** Default memory limit of a receiver in the Helm chart. */
const memoryBytes = 512 * 1024 * 1024;

/** Starts the real receiver within the test process on free ports. The receiver is stopped after the test. */
export async function startTestReceiver(options: TestReceiverOptions = {}) {
  const log = captureLog();
  const dataDir = temporaryDirectory();
  const env = {
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: '0',
    MANAGEMENT_PORT: '0',
    DATA_DIR: dataDir,
    WEBHOOK_SECRET: testSecret,
    SHUTDOWN_DELAY_MS: '0',
    ...options.env,
  };
  const read = loadReceiverConfig(env, memoryBytes);
  const config = { ...read, http: { ...read.http, ...options.http } };
  const { sink, registry = new Registry() } = options;
  const receiver = await startReceiver(config, {
    logger: log.logger,
    clock: options.clock ?? systemClock,
    registry,
    reloadIntervalMs: 50,
    ...(sink && { sink }),
  });
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= receiver.stop());
  onTestFinished(stop);
  const toLoopback = (url: string) => url.replace('localhost', '127.0.0.1');
  const url = toLoopback(receiver.url);
  const managementUrl = toLoopback(receiver.managementUrl);
  const fetchText = async (path: string) => (await fetch(managementUrl + path)).text();

  return {
    url,
    managementUrl,
    dataDir,
    log,
    stop,
    metrics: () => fetchText('/metrics'),
    /** Returns the value of one time series, or 0 if the series does not exist. */
    async metric(series: string): Promise<number> {
      const line = (await fetchText('/metrics')).split('\n').find((each) => each.startsWith(`${series} `));
      return line === undefined ? 0 : Number(line.slice(series.length + 1));
    },
    readiness: () => fetchText('/readyz?verbose'),
    async ready(): Promise<boolean> {
      return (await fetch(`${managementUrl}/readyz`)).status === 200;
    },
  };
}
