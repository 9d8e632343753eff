import { toTestEventName } from '../../../webhook/test-events.ts';
import { createLifeCycle, type LifeCycle } from './life-cycle.ts';
import { createSeededRandom, createUuids, deriveSeed, type Random } from './seeded-random.ts';

export interface EventSourceOptions {
  /** Timestamp of the first event, in milliseconds since 1970. The default is 1 January 2026. */
  readonly firstTimestamp?: number | undefined;
  /** Interval between the timestamps of two events. */
  readonly intervalMs?: number | undefined;
  /** Whether each event gets the name of a test event instead of the provider's event name. */
  readonly isTest?: boolean;
}

/** Generates each event of a run from its number. */
export class EventSource {
  readonly seed: number;
  readonly #options: EventSourceOptions | undefined;
  readonly #blocks = new Map<number, readonly SimulatedEvent[]>();

  constructor(seed: number, options?: EventSourceOptions) {
    this.seed = seed;
    this.#options = options;
  }

  at(slot: number): SimulatedEvent {
    const blockNumber = Math.floor(slot / blockSize);
    return (this.#blocks.get(blockNumber) ?? this.#load(blockNumber))[slot % blockSize] as SimulatedEvent;
  }

  #load(number: number): readonly SimulatedEvent[] {
    const block = createEventBlock(this.seed, number, this.#options);
    this.#blocks.set(number, block);
    if (this.#blocks.size > maxCachedBlocks) {
      const [oldest = number] = this.#blocks.keys();
      this.#blocks.delete(oldest);
    }
    return block;
  }
}

/** Limits the cache to 64 blocks of 256 events, with about 700 bytes for each event. */
const maxCachedBlocks = 64;

/** Creates the body of a delivery: an object for a single event, or an array if the registration uses batches. */
export function createDeliveryBody(source: EventSource, slots: readonly number[], batched: boolean): Buffer {
  const text = slots.map((slot) => source.at(slot).json).join(',');
  return Buffer.from(batched ? `[${text}]` : text);
}

export interface SimulatedEvent {
  /** Number of the event in the run. A repeated event has the number of the original event. */
  readonly slot: number;
  readonly eventId: string;
  readonly name: string;
  readonly revision: number;
  /** The event's JSON as it is sent. */
  readonly json: string;
}

/** Number of events in a block. A block depends only on the seed and its number, so any event can be regenerated at any time. */
export const blockSize = 256;

/** Maximum number of positions by which an event may be out of order. */
const shuffleDistance = 12;
const repeatShare = 0.02;
const maxActiveEntities = 16;
const accountId = 41_732;
const defaultFirstTimestamp = Date.UTC(2026, 0, 1);
const defaultIntervalMs = 7;

interface ScheduledEvent {
  readonly cycle: LifeCycle;
  readonly name: string;
  readonly revision: number;
}

/** Generates events of several entities, with increasing revisions, slightly out of order, and some of them repeated. */
export function createEventBlock(
  seed: number,
  block: number,
  {
    firstTimestamp = defaultFirstTimestamp,
    intervalMs = defaultIntervalMs,
    isTest = false,
  }: EventSourceOptions = {},
): readonly SimulatedEvent[] {
  const random = createSeededRandom(deriveSeed(seed, block));
  const steps = shuffleLocally(createScheduledEvents(random, createUuids(seed, block)), random);
  const apiSpaceId = createUuids(seed, -1)();
  const events: SimulatedEvent[] = [];
  const toEventName = (name: string) => (isTest ? toTestEventName(name) : name);
  for (const [index, step] of steps.entries()) {
    const earlierEvent = events[Math.floor(random() * index)];
    const isRepeat = earlierEvent !== undefined && random() < repeatShare;
    events.push(
      isRepeat
        ? earlierEvent
        : createSimulatedEvent(step, {
            seed,
            slot: block * blockSize + index,
            apiSpaceId,
            firstTimestamp,
            intervalMs,
            nameOf: toEventName,
          }),
    );
  }
  return events;
}

interface SimulatedRunFacts {
  readonly apiSpaceId: string;
  readonly firstTimestamp: number;
  readonly intervalMs: number;
  readonly nameOf: (name: string) => string;
}

function createScheduledEvents(random: Random, uuid: () => string): ScheduledEvent[] {
  const steps: ScheduledEvent[] = [];
  const activeEntities: { readonly cycle: LifeCycle; next: number }[] = [];
  while (steps.length < blockSize) {
    if (activeEntities.length === 0 || (activeEntities.length < maxActiveEntities && random() < 0.4)) {
      activeEntities.push({ cycle: createLifeCycle(random, uuid), next: 0 });
    }
    const at = Math.floor(random() * activeEntities.length);
    const chosenEntity = activeEntities[at];
    const name = chosenEntity?.cycle.names[chosenEntity.next];
    if (chosenEntity === undefined || name === undefined) {
      activeEntities.splice(at, 1);
    } else {
      chosenEntity.next += 1;
      steps.push({ cycle: chosenEntity.cycle, name, revision: chosenEntity.next });
    }
  }
  return steps;
}

function shuffleLocally(steps: ScheduledEvent[], random: Random): ScheduledEvent[] {
  for (let at = 0; at < steps.length; at += 1) {
    const swapIndex = Math.min(steps.length - 1, at + Math.floor(random() ** 3 * shuffleDistance));
    [steps[at], steps[swapIndex]] = [steps[swapIndex] as ScheduledEvent, steps[at] as ScheduledEvent];
  }
  return steps;
}

function createSimulatedEvent(
  { cycle, name: simulated, revision }: ScheduledEvent,
  { seed, slot, apiSpaceId, firstTimestamp, intervalMs, nameOf }: SimulatedEventId & SimulatedRunFacts,
): SimulatedEvent {
  const name = nameOf(simulated);
  const eventId = toSimulatedEventId({ seed, slot });
  const timestamp = new Date(firstTimestamp + slot * intervalMs).toISOString();
  const json = `{"eventId":"${eventId}","accountId":${accountId},"apiSpaceId":"${apiSpaceId}","name":"${name}","payload":{${cycle.payload(simulated)}},"revision":${revision},"etag":"${eventId.slice(24)}-${revision}","timestamp":"${timestamp}"}`;
  return { slot, eventId, name, revision, json };
}

/** The seed of the run and the number of the event. The identifier of the event is derived from both. */
interface SimulatedEventId {
  readonly seed: number;
  readonly slot: number;
}

/** Formats the identifier of an event as a version 4 UUID. */
export function toSimulatedEventId({ seed, slot }: SimulatedEventId): string {
  return `${seed.toString(16).padStart(8, '0')}-51a7-4ced-8a7e-${slot.toString(16).padStart(12, '0')}`;
}
