import { isAcknowledged, type SentRequest } from '../../faults/traffic/traffic-log.ts';
import type { ReadinessProbe } from '../receiver/readiness-probe.ts';
import type { SimulationViolation } from '../scenario.ts';
import type { World } from '../world/world.ts';
import type { ProcessEvidence, RoundEvidence } from './evidence.ts';

/** Response of `/readyz` at a given time. `undefined` if the process did not respond. */
export interface ReadinessSample {
  readonly atMs: number;
  readonly isReady: boolean | undefined;
}

const [everyMs, answeredMs] = [1_000, 500];
/** Maximum time for which a receiver that accepts all deliveries may report that it is not ready. */
export const notReadyLimitMs = 10_000;
/** Minimum number of responses that are needed to report a violation. */
const fewestAnswers = 5;

/** Starts to probe the readiness once per second. */
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

/** A receiver that was ready must stay ready until its process ends, even if its store fails. */
export function judgeStaying({ processes }: Pick<RoundEvidence, 'processes'>): SimulationViolation[] {
  return processes.flatMap(judgeOne);
}

function judgeOne({ samples, downTimes }: ProcessEvidence): SimulationViolation[] {
  let readyAt: number | undefined;
  for (const { atMs, isReady } of samples) {
    if (isReady === true) {
      readyAt = atMs;
    } else if (isReady === false && readyAt !== undefined) {
      // The time of a sample is the time of its response, and the probe was sent earlier.
      const from = readyAt - answeredMs;
      if (!downTimes.some((downTime) => downTime.from <= atMs && downTime.to >= from)) {
        return [{ kind: 'without a cause', text: `ready at ${readyAt} ms, and not at ${atMs} ms` }];
      }
      readyAt = undefined;
    }
  }
  return [];
}

/**
 * A single receiver gets deliveries even while it is not ready. If it accepts all of them, it must become ready soon.
 */
export function judgeReadiness({
  log,
  processes,
  isGone,
}: Pick<RoundEvidence, 'log' | 'processes' | 'isGone'>): SimulationViolation[] {
  const reachable = log.requests.filter(({ events }) => !events.some(({ key }) => isGone(key)));
  return processes
    .filter(({ getsAll }) => getsAll)
    .flatMap(({ samples }) => findContrary(samples, reachable));
}

function findContrary(
  samples: readonly ReadinessSample[],
  requests: readonly SentRequest[],
): SimulationViolation[] {
  const violations: SimulationViolation[] = [];
  let contrary: SentRequest[] = [];
  const answered = requests
    .filter(({ kind, outcome }) => kind !== 'forged' && typeof outcome === 'number')
    .toSorted((one, other) => toAnswerMs(one) - toAnswerMs(other));
  for (const request of answered) {
    // Counts only responses that a receiver sent while it was not ready, both before the delivery and after the
    // response.
    const before = samples.findLast(({ atMs }) => atMs <= request.sentAt)?.isReady;
    const after = samples.find(({ atMs }) => atMs >= toAnswerMs(request))?.isReady;
    const isContrary = isAcknowledged(request) && before === false && after === false;
    contrary = isContrary ? [...contrary, request] : [];
    const [first] = contrary;
    if (
      first !== undefined &&
      contrary.length >= fewestAnswers &&
      // Without a dead letter among these deliveries, an unwritable dead-letter topic may be the reason.
      contrary.some(({ badElements }) => badElements.length > 0) &&
      toAnswerMs(request) - first.sentAt > notReadyLimitMs
    ) {
      const text = `not ready, and takes everything, from ${first.sentAt} ms on: ${first.events[0]?.id}`;
      violations.push({ kind: 'without a cause', text });
      contrary = [];
    }
  }
  return violations;
}

function toAnswerMs({ sentAt, latencyMs }: SentRequest): number {
  return sentAt + latencyMs;
}
