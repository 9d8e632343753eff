import { onTestFinished } from 'vitest';
import { loadFilterConfig } from '../../../src/config/filter-config.ts';
import { type RunningFilter, startRevisionFilter } from '../../../src/revision-filter.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { type CapturedLog, captureLog } from '../captured-log.ts';
import { waitUntil } from '../wait-until.ts';
import { openFilter } from './open-filter.ts';

export interface TestFilter extends RunningFilter {
  readonly log: CapturedLog;
  metric(name: string): Promise<number>;
}

/** Starts a filter within the test process. The filter is stopped when the test ends, if not earlier. */
export async function startTestFilter(env: Readonly<Record<string, string>>): Promise<TestFilter> {
  const log = captureLog();
  const config = loadFilterConfig(env);
  const filter = await startRevisionFilter(config, {
    ...(await openFilter(config)),
    logger: log.logger,
    clock: systemClock,
  });
  const managementUrl = filter.managementUrl.replace('localhost', '127.0.0.1');
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= filter.stop();
    return stopping;
  };
  onTestFinished(stop);
  return {
    ...filter,
    managementUrl,
    stop,
    log,
    async metric(name) {
      const text = await (await fetch(`${managementUrl}/metrics`)).text();
      const lines = text
        .split('\n')
        .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
    },
  };
}

export async function whenReady({ managementUrl, log }: TestFilter): Promise<void> {
  await waitUntil(async () => (await fetch(`${managementUrl}/readyz`)).ok, {
    timeoutMs: 20_000,
    what: `the filter is ready\n${log.text()}`,
  });
}

/** Resolves when the filter has processed this many records. */
export async function whenFiltered(filter: TestFilter, count: number): Promise<void> {
  await waitUntil(async () => (await filter.metric('comapi_webhook_filter_records_total')) >= count, {
    timeoutMs: 20_000,
    what: `${count} records are filtered`,
  });
}
