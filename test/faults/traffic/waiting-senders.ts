import { setTimeout as delay } from 'node:timers/promises';
import type { EventFactory } from './event-factory.ts';
import { postWebhook, sign, type WebhookTarget } from './post-webhook.ts';
import type { Sender } from './start-open-loop.ts';
import { isAcknowledged, type SentRequest, type TrafficLog } from './traffic-log.ts';

export interface WaitingSendersDeps {
  readonly target: WebhookTarget;
  readonly events: EventFactory;
  readonly log: TrafficLog;
  readonly count: number;
}

/**
 * Delay before a retry. Like the provider, a sender retries each event until it is accepted, but at shorter intervals.
 */
const retryPauseMs = 200;
const betweenEventsMs = 20;

/** Each sender has a separate key, and sends the next revision only after the previous revision was acknowledged. */
export function startWaitingSenders(deps: WaitingSendersDeps): Sender {
  const { target, events, log } = deps;
  const stopping = new AbortController();

  async function send(key: string): Promise<void> {
    const waited = log.waited.get(key) ?? [];
    log.waited.set(key, waited);
    while (!stopping.signal.aborted) {
      const event = events.next(key);
      waited.push(event);
      while (!(await isTaken(event))) {
        if (stopping.signal.aborted) {
          return;
        }
        await delay(retryPauseMs);
      }
      await delay(betweenEventsMs);
    }
  }

  async function isTaken(event: ReturnType<EventFactory['next']>): Promise<boolean> {
    const sentAt = Date.now();
    const began = performance.now();
    const outcome = await postWebhook(target, event.text, sign(event.text, target.secret()));
    const latencyMs = performance.now() - began;
    const request: SentRequest = {
      kind: 'waiting',
      events: [event],
      badElements: [],
      sentAt,
      latencyMs,
      outcome,
    };
    log.requests.push(request);
    return isAcknowledged(request);
  }

  const running = Array.from({ length: deps.count }, (_, index) => send(`waiting-${index}`));
  return {
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}
