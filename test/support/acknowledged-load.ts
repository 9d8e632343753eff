import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { delivery } from './http-text.ts';
import { sendRaw } from './raw-request.ts';

export interface AcknowledgedLoad {
  /** Ids of the events that were acknowledged with status 200, in order. */
  readonly acknowledged: readonly string[];
  stop(): Promise<void>;
}

const senders = [0, 1, 2, 3];

/** Sends one event after another until it is stopped. Each sender has a separate entity. */
export function startLoad(name: string, { url }: { readonly url: string }): AcknowledgedLoad {
  const acknowledged: string[] = [];
  const stopped = new AbortController();
  async function send(sender: number): Promise<void> {
    for (let n = 0; !stopped.signal.aborted; n += 1) {
      const id = `${name}-${sender}-${n}`;
      const event = `{"eventId":"${id}","payload":{"messageId":"${name}-${sender}"}}`;
      const { status } = await sendRaw(url, delivery(event));
      if (status === 200) {
        acknowledged.push(id);
      } else {
        await delay(20);
      }
    }
  }
  const sending = senders.map(send);
  return {
    acknowledged,
    async stop() {
      stopped.abort();
      await Promise.all(sending);
    },
  };
}

export function expectAllStored(storedIds: readonly string[], loads: readonly AcknowledgedLoad[]): void {
  const stored = new Set(storedIds);
  for (const { acknowledged } of loads) {
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
  }
}

/** Expects that, for each entity, the first occurrences of the events are in the order of their acknowledgement. */
export function expectInOrder(storedIds: readonly string[], loads: readonly AcknowledgedLoad[]): void {
  const distinct = [...new Set(storedIds)];
  for (const { acknowledged } of loads) {
    for (const sender of senders) {
      const isOfEntity = (id: string) => id.includes(`-${sender}-`);
      const acknowledgedIds = new Set(acknowledged.filter(isOfEntity));
      expect(distinct.filter((id) => acknowledgedIds.has(id))).toEqual([...acknowledgedIds]);
    }
  }
}
