import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { postWebhook } from '../../src/tools/provider/post-webhook.ts';
import { connectTracer, type TracedFunction } from '../support/function-tracer.ts';
import { freshTopicsEnv } from '../support/kafka-brokers.ts';
import { startCommand, startReceiverProcess } from '../support/receiver-process.ts';
import { waitUntil } from '../support/wait-until.ts';

const secret = 'secret-of-the-tour-0123456789';
/** Port 0 selects a free port, because several processes would otherwise use the inspector's default port. */
const inspected = { NODE_OPTIONS: '--inspect=127.0.0.1:0' };

/** Returns the steps of a tour in architecture.md. Each step is a function and its file. */
function readTour(heading: string): TracedFunction[] {
  const page = readFileSync(new URL('../../docs/architecture.md', import.meta.url), 'utf8');
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return Array.from(
    section.matchAll(/^\d+\. `([\w#]+)` \(`([\w/.-]+\.ts)`\)/gm),
    ([, name = '', file = '']) => ({
      name,
      file,
    }),
  );
}

/**
 * Starts a receiver with separate topics. Returns its environment, and a function that sends one new event and returns
 * the event's revision.
 */
async function startWithTopics(extraEnv: Readonly<Record<string, string>>) {
  const env = { ...(await freshTopicsEnv()), WEBHOOK_SECRET: secret, MANAGEMENT_PORT: '0' };
  expect(await startCommand(['topics'], env).exited).toBe(0);
  const receiver = await startReceiverProcess({ ...env, ...extraEnv });
  let sentEvents = 0;
  const sendEvent = async () => {
    sentEvents += 1;
    const event = {
      eventId: `e-${sentEvents}`,
      name: 'message.sent',
      revision: sentEvents,
      payload: { messageId: 'm-1' },
    };
    const url = new URL('/webhook', receiver.url);
    const body = Buffer.from(JSON.stringify(event));
    expect(await postWebhook({ url, secret, body, timeoutMs: 20_000 })).toMatchObject({ status: 200 });
    return sentEvents;
  };
  return { env, receiver, sendEvent };
}

async function traceProcess(stderr: () => string) {
  const url = await waitUntil(() => /ws:\/\/\S+/.exec(stderr())?.[0], {
    timeoutMs: 10_000,
    what: 'the inspector listens',
  });
  const tracer = await connectTracer(url);
  onTestFinished(() => tracer.close());
  return tracer;
}

test('a real delivery calls the functions of its tour in this order', async () => {
  const tour = readTour('One delivery');
  expect(tour.length).toBeGreaterThan(15);
  const { receiver, sendEvent } = await startWithTopics(inspected);
  const tracer = await traceProcess(receiver.stderr);
  await sendEvent();
  const calls = await tracer.traceCalls(tour, sendEvent);
  // Only the first call of each function is compared, because a function may be called again later.
  expect([...new Set(calls)]).toEqual(tour);
});

test('an event calls the functions of the filter’s tour in this order', async () => {
  const tour = readTour('One event, through the revision filter');
  expect(tour.length).toBeGreaterThan(8);
  const { env, sendEvent } = await startWithTopics({});
  const filter = startCommand(['filter'], { ...env, ...inspected });
  const tracer = await traceProcess(filter.stderr);
  const forwardEvent = async () => {
    const revision = await sendEvent();
    const isForwarded = async () => {
      const tail = startCommand(['tail', '--no-follow', '--latest'], env);
      await tail.exited;
      return tail.stdout().includes(`"revision":"${revision}"`) || undefined;
    };
    await waitUntil(isForwarded, { timeoutMs: 60_000, what: 'the filter forwards an event' });
  };
  await forwardEvent();
  const calls = await tracer.traceCalls(tour, async () => {
    // The tour begins with a read, but the read of the first event may have begun earlier. The tour ends after the
    // state is written. Several events ensure that the trace contains one complete tour.
    await forwardEvent();
    await forwardEvent();
    await forwardEvent();
  });
  expect(findSubsequence(tour, calls)).toEqual(tour);
});

/** Returns the longest prefix of `wanted` whose items occur in `items` in this order. */
function findSubsequence<T>(wanted: readonly T[], items: readonly T[]): T[] {
  let found = 0;
  for (const item of items) {
    found += item === wanted[found] ? 1 : 0;
  }
  return wanted.slice(0, found);
}
