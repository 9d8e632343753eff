import { createLifeCycle, type LifeCycle } from './life-cycle.ts';
import { createSeededRandom, deriveSeed, type Random, randomUuid } from './seeded-random.ts';
import { toSimulatedEventId } from './simulated-event-id.ts';

/** One event of a run. */
export interface SimulatedEvent {
  /** Its number in the run; for a repeat, that of the event which it repeats. */
  readonly slot: number;
  readonly eventId: string;
  readonly name: string;
  readonly revision: number;
  /** The event as it is sent. */
  readonly json: string;
}

/** Events in one block. A block depends only on the seed and its number, so any event can be generated again at any time. */
export const blockSize = 256;

/** How many places an event may be away from its place in time. */
const shuffleDistance = 12;
const repeatShare = 0.02;
const maxActive = 16;
const accountId = 41_732;
const firstTimestamp = Date.UTC(2026, 0, 1);
const millisecondsPerEvent = 7;

interface Step {
  readonly cycle: LifeCycle;
  readonly name: string;
  readonly revision: number;
}

/** Events of several entities at once, each with rising revisions, out of order, some sent twice. */
export function createEventBlock(seed: number, block: number): readonly SimulatedEvent[] {
  const random = createSeededRandom(deriveSeed(seed, block));
  const steps = shuffleNear(drawSteps(random), random);
  const apiSpaceId = randomUuid(createSeededRandom(seed));
  const events: SimulatedEvent[] = [];
  for (const [index, step] of steps.entries()) {
    const earlier = events[Math.floor(random() * index)];
    const repeats = earlier !== undefined && random() < repeatShare;
    events.push(repeats ? earlier : toEvent(step, { seed, slot: block * blockSize + index, apiSpaceId }));
  }
  return events;
}

function drawSteps(random: Random): Step[] {
  const steps: Step[] = [];
  const active: { readonly cycle: LifeCycle; next: number }[] = [];
  while (steps.length < blockSize) {
    if (active.length === 0 || (active.length < maxActive && random() < 0.4)) {
      active.push({ cycle: createLifeCycle(random), next: 0 });
    }
    const at = Math.floor(random() * active.length);
    const chosen = active[at];
    const name = chosen?.cycle.names[chosen.next];
    if (chosen === undefined || name === undefined) {
      active.splice(at, 1);
    } else {
      chosen.next += 1;
      steps.push({ cycle: chosen.cycle, name, revision: chosen.next });
    }
  }
  return steps;
}

function shuffleNear(steps: Step[], random: Random): Step[] {
  for (let at = 0; at < steps.length; at += 1) {
    const other = Math.min(steps.length - 1, at + Math.floor(random() ** 3 * shuffleDistance));
    [steps[at], steps[other]] = [steps[other] as Step, steps[at] as Step];
  }
  return steps;
}

function toEvent(
  { cycle, name, revision }: Step,
  { seed, slot, apiSpaceId }: { readonly seed: number; readonly slot: number; readonly apiSpaceId: string },
): SimulatedEvent {
  const eventId = toSimulatedEventId({ seed, slot });
  const timestamp = new Date(firstTimestamp + slot * millisecondsPerEvent).toISOString();
  const json = `{"eventId":"${eventId}","accountId":${accountId},"apiSpaceId":"${apiSpaceId}","name":"${name}","payload":{${cycle.payload(name)}},"revision":${revision},"etag":"${eventId.slice(24)}-${revision}","timestamp":"${timestamp}"}`;
  return { slot, eventId, name, revision, json };
}
