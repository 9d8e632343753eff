import { Registry } from 'prom-client';
import { expect } from 'vitest';
import type { ReceiverReport } from '../../../src/observe/status/status-report.ts';
import { type Clock, systemClock } from '../../../src/runtime/clock.ts';
import type { Env } from '../../../src/runtime/config-error.ts';
import { partitionFor } from '../../../src/stores/append/partition-for.ts';
import { signBody } from '../../../src/tools/provider/post-webhook.ts';
import { startTestReceiver, testSecret } from '../test-receiver.ts';
import type { Scene, Scrape } from './provoked-state.ts';

/** Time for a real store to notice a fault, on a machine that does other work. */
export const patience = { timeout: 30_000, interval: 200 };

export type ReceiverScene = Awaited<ReturnType<typeof startReceiverScene>>;

interface ReceiverSceneOptions {
  readonly env?: Env;
  readonly clock?: Clock;
  readonly registry?: Registry;
}

let sequence = 0;

/** Creates an event of the given entity, or of a new entity. */
export function createSent(entity?: string): object {
  sequence += 1;
  const messageId = entity ?? `message-${process.pid}-${sequence}`;
  return {
    eventId: `event-${process.pid}-${sequence}`,
    name: 'message.sent',
    payload: { messageId },
    revision: 1,
  };
}

/** Finds an entity whose events go to this partition. The topic has two partitions. */
export function findEntity(partition: number): string {
  const names = Array.from({ length: 100 }, (_, index) => `entity-${index}`);
  return names.find((name) => partitionFor(name, 2) === partition) as string;
}

/** Lets the read-back check run until it finds a state. */
export async function findByReadBack(
  scene: Pick<ReceiverScene, 'listStates'>,
  clock: { advance(ms: number): void },
  id: string,
): Promise<void> {
  const findStates = () => {
    clock.advance(30_000);
    return scene.listStates();
  };
  await expect.poll(findStates, { timeout: 60_000, interval: 1_100 }).toContain(id);
}

/** Starts a receiver whose status page, command `status` and metrics a test compares. */
export async function startReceiverScene({
  env = {},
  clock = systemClock,
  registry = new Registry(),
}: ReceiverSceneOptions) {
  const receiver = await startTestReceiver({ env, clock, registry });
  const before: Scrape[] = [];
  const alertsBefore: string[] = [];
  const report = async () =>
    (await (await fetch(`${receiver.managementUrl}/status.json`)).json()) as ReceiverReport;
  const scrape = async (): Promise<Scrape> => ({ epochMs: clock.epochMs(), text: await receiver.metrics() });
  const post = async (event: object = createSent(), secret = testSecret) => {
    const body = Buffer.from(JSON.stringify(event));
    const headers = { 'x-comapi-signature': signBody(body, secret) };
    return (await fetch(`${receiver.url}/webhook`, { method: 'POST', body, headers })).status;
  };
  const listProblems = async () => {
    const { headline, otherProblems } = await report();
    return [headline, ...otherProblems];
  };
  const listStates = async () => (await listProblems()).map(({ id }) => id);
  return {
    ...receiver,
    report,
    scrape,
    before: before as readonly Scrape[],
    alertsBefore: alertsBefore as readonly string[],
    post,
    /** Returns the names of all current states of the process, starting with the headline. */
    listStates,
    whenReady: () => expect.poll(receiver.ready, patience).toBe(true),
    whenHeadline: (id: string) => expect.poll(async () => (await listStates())[0], patience).toBe(id),
    /** Stores an event, and scrapes the metrics before and after that. */
    async storeFirst(): Promise<void> {
      await expect.poll(receiver.ready, patience).toBe(true);
      before.push(await scrape());
      expect(await post()).toBe(200);
      before.push(await scrape());
      alertsBefore.push(...(await listProblems()).flatMap(({ alert }) => alert ?? []));
    },
  } satisfies Scene & Record<string, unknown>;
}
