import { randomUUID } from 'node:crypto';
import type { EventFactory, SentEvent } from './event-factory.ts';
import { postWebhook, sign, type WebhookTarget } from './post-webhook.ts';
import type { SentRequest, TrafficLog } from './traffic-log.ts';

export interface OpenLoopDeps {
  readonly target: WebhookTarget;
  readonly events: EventFactory;
  readonly log: TrafficLog;
  readonly random: () => number;
  readonly requestsPerSecond: number;
  readonly keyCount: number;
}

export interface OpenLoop extends Sender {
  /** Halves the rate from now on. */
  slowDown(): void;
}

export interface Sender {
  /** Stops sending. Resolves when every request has a response or has timed out. */
  stop(): Promise<void>;
}

const tickMs = 10;
/**
 * Limit on catching up after this process was stalled: it sends at once at most the requests that were due within this
 * time.
 */
const maxAtOnceMs = 250;

/** Sends unbatched events, batches and a few forged requests at a rate that does not depend on the responses. */
export function startOpenLoop(deps: OpenLoopDeps): OpenLoop {
  const { target, events, log, random } = deps;
  const underWay = new Set<Promise<void>>();
  let requestsPerMs = deps.requestsPerSecond / 1_000;
  let last = performance.now();
  let due = 0;

  const nextEvent = () => events.next(`open-${Math.floor(random() * deps.keyCount)}`);

  async function post(
    request: Pick<SentRequest, 'kind' | 'events' | 'badElements'>,
    body: string,
  ): Promise<void> {
    const signature = sign(
      body,
      request.kind === 'forged' ? 'some other secret of the right length' : target.secret(),
    );
    const sentAt = Date.now();
    const began = performance.now();
    const outcome = await postWebhook(target, body, signature);
    log.requests.push({ ...request, sentAt, latencyMs: performance.now() - began, outcome });
  }

  function sendOne(): void {
    const choice = random();
    const some: SentEvent[] = [nextEvent()];
    const badElements: string[] = [];
    let body = some[0]?.text ?? '';
    if (choice < 0.1) {
      // The provider sends up to 500 events in a batch. The body of such a batch arrives in several chunks.
      const most = choice < 0.005 ? 499 : 40;
      for (let count = 1 + Math.floor(random() * most); count > 0; count -= 1) {
        some.push(nextEvent());
      }
      if (choice < 0.01) {
        badElements.push(`"bad \\u00e9lement ${randomUUID()}"`);
      }
      body = `[${[...some.map((event) => event.text), ...badElements].join(' ,\n')}]`;
    }
    const kind = choice > 0.99 ? 'forged' : choice < 0.1 ? 'batch' : 'single';
    const posted = post({ kind, events: some, badElements }, body).finally(() => underWay.delete(posted));
    underWay.add(posted);
  }

  const timer = setInterval(() => {
    const now = performance.now();
    for (due += Math.min(now - last, maxAtOnceMs) * requestsPerMs; due >= 1; due -= 1) {
      sendOne();
    }
    last = now;
  }, tickMs);

  return {
    slowDown() {
      requestsPerMs /= 2;
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
    },
  };
}
