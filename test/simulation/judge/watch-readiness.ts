import { isAcknowledged, type SentRequest } from '../../faults/traffic/traffic-log.ts';
import type { ReadinessProbe } from '../receiver/readiness-probe.ts';
import type { SimulationViolation } from '../scenario.ts';
import type { World } from '../world/world.ts';

/** What `/readyz` said at a moment; `undefined` while nobody answers. */
export interface ReadinessSample {
  readonly atMs: number;
  readonly isReady: boolean | undefined;
}

const [everyMs, answeredMs] = [1_000, 500];
/** For so long a receiver may be ready that takes nothing, and not ready one that takes all. */
export const contraryLimitMs = { ready: 15_000, notReady: 10_000 };
/** Fewer answers say little. */
const fewestAnswers = 5;

/** Asks once a second from now on. */
export function watchReadiness(world: World, probe: ReadinessProbe): readonly ReadinessSample[] {
  const samples: ReadinessSample[] = [];
  const ask = (): void => {
    probe.ask();
    world.after(answeredMs, () => samples.push({ atMs: world.now(), isReady: probe.isReady() }));
    world.after(everyMs, ask);
  };
  ask();
  return samples;
}

/**
 * One receiver, which gets deliveries whatever it says, is not ready for long while it takes nothing, and not unready while it
 * takes everything.
 */
export function judgeReadiness(
  samples: readonly ReadinessSample[],
  requests: readonly SentRequest[],
): SimulationViolation[] {
  const violations: SimulationViolation[] = [];
  let contrary: SentRequest[] = [];
  const answered = requests
    .filter(({ kind, outcome }) => kind !== 'forged' && typeof outcome === 'number')
    .toSorted((one, other) => toAnswerMs(one) - toAnswerMs(other));
  for (const request of answered) {
    const isTaken = isAcknowledged(request);
    // What it says has not changed from before the delivery until after its answer.
    const before = samples.findLast(({ atMs }) => atMs <= request.sentAt)?.isReady;
    const after = samples.find(({ atMs }) => atMs >= toAnswerMs(request))?.isReady;
    const isContrary = before === after && before === !isTaken;
    const goesOn = contrary.every((each) => isAcknowledged(each) === isTaken);
    contrary = isContrary ? [...(goesOn ? contrary : []), request] : [];
    const [first] = contrary;
    const limitMs = isTaken ? contraryLimitMs.notReady : contraryLimitMs.ready;
    if (
      first !== undefined &&
      contrary.length >= fewestAnswers &&
      // Without a dead letter among them it may be their topic alone that takes none.
      (!isTaken || contrary.some(({ badElements }) => badElements.length > 0)) &&
      toAnswerMs(request) - first.sentAt > limitMs
    ) {
      const what = isTaken ? 'not ready, and takes everything' : 'ready, and takes nothing';
      const text = `${what}, from ${first.sentAt} ms on: ${first.events[0]?.id}`;
      violations.push({ kind: 'without a cause', text });
      contrary = [];
    }
  }
  return violations;
}

function toAnswerMs({ sentAt, latencyMs }: SentRequest): number {
  return sentAt + latencyMs;
}
