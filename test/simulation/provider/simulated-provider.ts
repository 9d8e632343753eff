import { randomUUID } from 'node:crypto';
import { classifyResponse, retryDelayMs } from '../../../src/tools/provider/simulator/post-delivery.ts';
import { createEventFactory, type SentEvent } from '../../faults/traffic/event-factory.ts';
import { type Outcome, postWebhook, sign, type WebhookTarget } from '../../faults/traffic/post-webhook.ts';
import { createTrafficLog, isAcknowledged, type SentRequest } from '../../faults/traffic/traffic-log.ts';
import type { Registration } from '../scenario.ts';
import type { World } from '../world/world.ts';

interface ProviderDeps {
  readonly world: World;
  /** Receivers behind a load balancer. The load balancer returns 503 while no receiver is ready. */
  readonly targets: readonly (Omit<WebhookTarget, 'path' | 'secret'> & {
    readonly name: string;
    isReady(): boolean;
  })[];
  readonly registrations: readonly Registration[];
  /** Number of concurrent senders for each registration, each of which waits for the response. */
  readonly waitingSenders: number;
}

interface Delivery extends Pick<SentRequest, 'kind' | 'events' | 'badElements'> {
  readonly to: Registration;
  readonly body: string;
}

const betweenDeliveriesMs = { from: 20, to: 600 };
const betweenWaitingMs = { from: 1, to: 900 };
const waitingRepeatMs = { from: 100, to: 3_000 };
const entityCount = 12;
const largestBatch = 500;
const wrongSecret = 'some other secret of the right length';

/**
 * Sends unbatched events, batches and a few forgeries. Retries failed deliveries on the schedule that the provider
 * documents.
 */
export function startProvider({ world, targets, registrations, waitingSenders }: ProviderDeps) {
  const { random } = world;
  const events = createEventFactory();
  const log = createTrafficLog();
  const process = world.processes.start('provider');
  const stopping = new AbortController();

  async function post({ body, to, ...request }: Delivery): Promise<SentRequest> {
    const up = targets.filter((each) => each.isRouted());
    const ready = up.filter((each) => each.isReady());
    const target = random.pick([ready, up, targets].find(({ length }) => length > 0) ?? targets);
    const other = registrations.find((each) => each !== to)?.secret ?? wrongSecret;
    const secret = () => (request.kind === 'forged' ? other : to.secret);
    const sentAt = world.now();
    const isTurnedAway = up.length > 0 && ready.length === 0;
    const outcome = isTurnedAway
      ? await turnAway()
      : await postWebhook({ ...target, path: to.path, secret }, body, sign(body, secret()));
    const sent = { ...request, sentAt, latencyMs: world.now() - sentAt, outcome };
    log.requests.push(sent);
    const where = isTurnedAway ? 'the balancer' : target.name;
    const registration = registrations.length > 1 ? ` for ${to.name}` : '';
    world.note(
      'provider',
      `${request.kind} of ${request.events.length} to ${where}${registration} got ${outcome} in ${sent.latencyMs} ms`,
      () => body,
    );
    return sent;
  }

  async function turnAway(): Promise<Outcome> {
    await wait(1);
    return 503;
  }

  async function deliver(delivery: Delivery): Promise<void> {
    for (let attempts = 1; ; attempts += 1) {
      const { outcome } = await post(delivery);
      const pauseMs = retryDelayMs(attempts, 1);
      const isRepeated = classifyResponse(typeof outcome === 'number' ? outcome : 'reset') === 'retry';
      if (!isRepeated || pauseMs === undefined) {
        return;
      }
      await wait(pauseMs);
    }
  }

  function wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      setTimeout(resolve, ms);
    });
  }

  async function sendAll(): Promise<void> {
    while (!stopping.signal.aborted) {
      const [first, ...others] = registrations;
      const to = others.length === 0 ? first : random.pick(registrations);
      void deliver(createDelivery(to as Registration));
      await wait(random.between(betweenDeliveriesMs.from, betweenDeliveriesMs.to));
    }
  }

  function createDelivery(to: Registration): Delivery {
    const nextEvent = () => events.next(`${to.keyPrefix}open-${random.int(entityCount)}`);
    const choice = random.next();
    if (choice > 0.99 || choice < 0.75) {
      const event = nextEvent();
      return {
        to,
        kind: choice > 0.99 ? 'forged' : 'single',
        events: [event],
        badElements: [],
        body: event.text,
      };
    }
    const most = choice > 0.988 ? largestBatch : 12;
    const some = Array.from({ length: random.between(1, most) }, nextEvent);
    const badElements = random.chance(0.05) ? [`"bad \\u00e9lement ${randomUUID()}"`] : [];
    const body = `[${[...some.map(({ text }) => text), ...badElements].join(' ,\n')}]`;
    return { to, kind: 'batch', events: some, badElements, body };
  }

  /**
   * Sends the next revision of an entity only after the previous revision was accepted, so that the order of the events
   * is known.
   */
  async function sendWaiting(to: Registration, key: string): Promise<void> {
    const waited: SentEvent[] = [];
    log.waited.set(key, waited);
    while (!stopping.signal.aborted) {
      const event = events.next(key);
      waited.push(event);
      const delivery = { to, kind: 'waiting', events: [event], badElements: [], body: event.text } as const;
      while (!isAcknowledged(await post(delivery))) {
        await wait(random.between(waitingRepeatMs.from, waitingRepeatMs.to));
      }
      await wait(random.between(betweenWaitingMs.from, betweenWaitingMs.to));
    }
  }

  process.run(() => {
    void sendAll();
    for (const to of registrations) {
      for (let index = 0; index < waitingSenders; index += 1) {
        void sendWaiting(to, `${to.keyPrefix}waiting-${index}`);
      }
    }
  });
  return {
    log,
    /** Sends no new events, but continues to retry failed deliveries. */
    stopSending: () => stopping.abort(),
    /** Stops immediately and drops all requests in flight. */
    end: () => process.end(),
  };
}
