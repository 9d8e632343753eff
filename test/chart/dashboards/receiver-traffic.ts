import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { signBody } from '../../../src/tools/provider/post-webhook.ts';
import { createSampleEvent } from '../../../src/tools/provider/sample-event.ts';
import { testEventName } from '../../../src/webhook/test-events.ts';

export interface TrafficOptions {
  readonly url: string;
  /** URL paths of the registrations. */
  readonly paths: readonly string[];
  readonly secrets: readonly string[];
}

/** Sends valid and invalid deliveries of every kind until it is stopped. */
export function startTraffic({ url, paths, secrets }: TrafficOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();

  async function post(path: string, body: Buffer, signature: string | undefined): Promise<void> {
    await fetch(`${url}${path}`, {
      method: 'POST',
      body,
      headers: signature === undefined ? {} : { 'x-comapi-signature': signature },
    }).catch(() => undefined);
  }

  async function deliver(worker: number): Promise<void> {
    const events = () => createSampleEvent({ name: 'message.delivered' });
    for (let round = worker; !stopping.signal.aborted; round += 1) {
      const path = paths[round % paths.length] ?? '/';
      const secret = secrets[round % 5 === 0 ? 1 : 0] ?? '';
      const value = round % 3 === 0 ? events() : Array.from({ length: 1 + (round % 40) }, events);
      const body = Buffer.from(JSON.stringify(value));
      await post(path, body, signBody(body, secret));
      if (round % 20 === 0) {
        await post(path, body, undefined);
        await post(path, body, signBody(body, randomBytes(18).toString('hex')));
        const noJson = Buffer.from('{"not": json');
        await post(path, noJson, signBody(noJson, secret));
        await post(path, body, signBody(body, `${secret}\n`));
        const own = Buffer.from(JSON.stringify(createSampleEvent({ name: testEventName })));
        await post(path, own, signBody(own, secret));
      }
      await delay(25);
    }
  }

  const running = Promise.all([0, 1, 2, 3].map(deliver));
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
