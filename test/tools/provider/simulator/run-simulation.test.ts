import { describe, expect, test } from 'vitest';
import { signBody } from '../../../../src/tools/provider/post-webhook.ts';
import { EventSource } from '../../../../src/tools/provider/simulator/event-source.ts';
import { postDelivery } from '../../../../src/tools/provider/simulator/post-delivery.ts';
import {
  runSimulation,
  type SimulationOptions,
} from '../../../../src/tools/provider/simulator/run-simulation.ts';
import {
  type SettledEvent,
  SimulationTally,
} from '../../../../src/tools/provider/simulator/simulation-report.ts';
import { startScriptedReceiver } from '../../../support/scripted-receiver.ts';
import { testSecret } from '../../../support/test-receiver.ts';

interface Given extends Partial<SimulationOptions> {
  readonly stop?: AbortSignal;
}

async function simulate(url: URL, given: Given = {}) {
  const { stop = new AbortController().signal, ...options } = given;
  const source = new EventSource(21);
  const settled: SettledEvent[] = [];
  const tally = new SimulationTally(source, { write: (event) => settled.push(event) });
  await runSimulation(
    {
      count: 20,
      durationMs: Infinity,
      batchTimeoutMs: 1_000,
      concurrency: 8,
      // A pause of 5 s takes 5 ms, and the whole schedule 87 s. Tests that need later retries use a larger factor.
      timeScale: 1_000,
      ...options,
    },
    {
      source,
      post: (body) => postDelivery({ url, secret: testSecret, timeoutMs: 5_000, body }),
      tally,
      stop,
    },
  );
  return { report: tally.report(), source, settled };
}

describe('deliveries', () => {
  test('of a single registration are one object each, signed over their bytes', async () => {
    const { url, deliveries } = await startScriptedReceiver(() => 200);
    const { report, source } = await simulate(url);

    expect(report).toMatchObject({ events: 20, accepted: 20, lost: 0, retried: 0, results: { 200: 20 } });
    const sent = deliveries.map(({ body }) => body.toString()).toSorted();
    expect(sent).toEqual(Array.from({ length: 20 }, (_unused, slot) => source.at(slot).json).toSorted());
    for (const { body, headers } of deliveries) {
      expect(headers['x-comapi-signature']).toBe(signBody(body, testSecret));
      expect(headers['content-type']).toBe('application/json');
    }
  });

  test('of a batch registration are arrays, of one event, too', async () => {
    const { url, deliveries } = await startScriptedReceiver(() => 202);
    const { report } = await simulate(url, { batchSize: 6, count: 19, concurrency: 1 });

    expect(deliveries.map(({ body }) => JSON.parse(body.toString()).length)).toEqual([6, 6, 6, 1]);
    expect(report).toMatchObject({ events: 19, accepted: 19, deliveries: 4, attempts: 4 });
  });

  test('keep their pace when the receiver is slow, and its slowness shows in the latency', async () => {
    const { url, deliveries } = await startScriptedReceiver(async (_delivery, index) => {
      await new Promise((resolve) => setTimeout(resolve, index === 0 ? 400 : 0));
      return 200;
    });
    const { report } = await simulate(url, { rate: 100, count: 20, concurrency: 1 });

    expect(deliveries).toHaveLength(20);
    expect(report.latencyMs.p90).toBeGreaterThan(200);
  });

  test('are never more at once than allowed', async () => {
    let underWay = 0;
    let most = 0;
    const { url } = await startScriptedReceiver(async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setTimeout(resolve, 10));
      underWay -= 1;
      return 200;
    });
    await simulate(url, { concurrency: 3 });
    expect(most).toBe(3);
  });
});

describe('answers', () => {
  test('400 and 401 lose the data for good, at the first attempt', async () => {
    const { url } = await startScriptedReceiver((_delivery, index) => [400, 401, 200][index % 3] ?? 200);
    const { report, settled } = await simulate(url, { count: 6, concurrency: 1 });

    expect(report).toMatchObject({
      accepted: 2,
      lost: 4,
      lostBy: { status_400: 2, status_401: 2 },
      attempts: 6,
    });
    expect(
      settled.filter(({ fate }) => fate === 'lost').map(({ reason, attempts }) => [reason, attempts]),
    ).toEqual([
      ['status_400', 1],
      ['status_401', 1],
      ['status_400', 1],
      ['status_401', 1],
    ]);
  });

  test.each([301, 404, 408, 413, 429, 500, 503])(
    '%i is retried with the same bytes until it is accepted',
    async (status) => {
      const { url, deliveries } = await startScriptedReceiver((_delivery, index) =>
        index < 2 ? status : 200,
      );
      const { report, settled } = await simulate(url, { count: 1 });

      expect(report).toMatchObject({ accepted: 1, lost: 0, retried: 1, attempts: 3 });
      expect(settled).toMatchObject([{ fate: 'accepted', attempts: 3, lastResult: 200 }]);
      expect(new Set(deliveries.map(({ body }) => body.toString())).size).toBe(1);
    },
  );

  test('that stay unavailable 18 times lose the event, after the whole schedule', async () => {
    const { url, deliveries } = await startScriptedReceiver(() => 503);
    const { report, settled } = await simulate(url, { count: 2, batchSize: 2, timeScale: 1e6 });

    expect(deliveries).toHaveLength(18);
    expect(report).toMatchObject({ accepted: 0, lost: 2, lostBy: { retries_exhausted: 2 }, attempts: 18 });
    expect(settled).toMatchObject([
      { fate: 'lost', reason: 'retries_exhausted', attempts: 18, lastResult: 503 },
      { fate: 'lost', reason: 'retries_exhausted', attempts: 18, lastResult: 503 },
    ]);
  });

  test('are retried on the schedule, not sooner', async () => {
    const { url, deliveries } = await startScriptedReceiver((_delivery, index) => (index < 4 ? 503 : 200));
    await simulate(url, { count: 1, timeScale: 100 });

    const gaps = deliveries.slice(1).map(({ at }, index) => at - (deliveries[index]?.at ?? 0));
    for (const [index, expected] of [50, 50, 300, 300].entries()) {
      expect(gaps[index]).toBeGreaterThan(expected - 5);
    }
  });
});

test('a run that is stopped says what is unfinished', async () => {
  const stop = new AbortController();
  const { url } = await startScriptedReceiver((_delivery, index) => {
    if (index === 4) {
      setTimeout(() => stop.abort(), 50);
    }
    return index < 3 ? 200 : 503;
  });
  const { report, settled } = await simulate(url, {
    count: 5,
    concurrency: 1,
    timeScale: 1,
    stop: stop.signal,
  });

  expect(report).toMatchObject({ events: 5, accepted: 3, lost: 0, unfinished: 2 });
  expect(settled.filter(({ fate }) => fate === 'unfinished')).toHaveLength(2);
});
