import { join } from 'node:path';
import type { Env } from '../../../src/runtime/config-error.ts';
import { watchMemory } from '../../faults/abuse/watch-memory.ts';
import { parseMetrics, sumMetric } from '../../faults/services/parse-metrics.ts';
import { readJournalRecords } from '../../support/read-journal-records.ts';
import { startReceiverProcess } from '../../support/receiver-process.ts';
import { temporaryDirectory, testSecret } from '../../support/test-receiver.ts';

export type ReceiverUnderTest = Awaited<ReturnType<typeof startReceiverUnderTest>>;

/** The receiver has low limits, so that an attacker can reach them. */
const program = new URL('limited-receiver.ts', import.meta.url).pathname;

/** Starts the real receiver in a separate process, with the journal as its store. */
export async function startReceiverUnderTest(env: Env = {}) {
  const dataDir = temporaryDirectory();
  const receiver = await startReceiverProcess(
    { DATA_DIR: dataDir, WEBHOOK_SECRET: testSecret, MAX_BODY_BYTES: '200000', ...env },
    undefined,
    [],
    program,
  );
  const endWatch = watchMemory(receiver.child.pid ?? 0);
  return {
    port: Number(new URL(receiver.url).port),
    /** Ends the receiver with SIGTERM, as an orchestrator does. */
    async stop() {
      const metrics = parseMetrics(await (await fetch(`${receiver.managementUrl}/metrics`)).text());
      const { peakMib } = endWatch();
      receiver.child.kill('SIGTERM');
      const exit = await receiver.exited;
      return {
        exit,
        peakMib,
        /** Lines on standard error that are errors, or that are not log lines. */
        complaints: receiver.stderr().split('\n').filter(isComplaint),
        /** Reasons for which the receiver rejected deliveries. */
        refusalReasons: toReasons(metrics),
        /** Gauges just before SIGTERM. All gauges are 0 if the receiver leaks nothing. */
        unsettled: {
          requests: sumMetric(metrics, 'comapi_webhook_in_flight_requests'),
          bytes: sumMetric(metrics, 'comapi_webhook_in_flight_bytes'),
          events:
            sumMetric(metrics, 'comapi_webhook_events_received_total') -
            sumMetric(metrics, 'comapi_webhook_events_total'),
        },
        stored: await readJournalRecords(join(dataDir, 'journal')),
      };
    },
  };
}

function isComplaint(line: string): boolean {
  return line !== '' && !/^\{"level":"(debug|info|warn)"/.test(line);
}

function toReasons(metrics: ReadonlyMap<string, number>): string[] {
  return [...metrics.keys()]
    .filter((series) => series.startsWith('comapi_webhook_requests_total{'))
    .map((series) => /reason="(\w+)"/.exec(series)?.[1] ?? '')
    .filter((reason) => reason !== 'ok')
    .toSorted();
}
