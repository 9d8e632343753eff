import type { Clock } from '../../runtime/clock.ts';
import { describeError } from '../../runtime/errors.ts';
import type { AlertReading, AlertWatch } from './alert-watch.ts';
import type { Trouble } from './troubles.ts';

/** What became of one trouble. */
export interface DrillRow {
  readonly trouble: Trouble;
  /** From its planting until the alert was there. */
  readonly seenMs: number | undefined;
  /** From its end until the alert was gone. */
  readonly resolvedMs: number | undefined;
  /** Why a time is missing. */
  readonly fault: string | undefined;
}

export interface DrillDeps {
  readonly watch: AlertWatch;
  readonly clock: Clock;
  /** Ends early, without an error, when the drill is stopped. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly stop: AbortSignal;
  readonly onProgress: (text: string) => void;
}

const pollMs = 5_000;
/** For scrapes, evaluations, and an Alertmanager that gathers a group, beyond what the rule itself needs. */
const marginMs = 5 * 60_000;
const attemptsToEnd = 3;

/** Plants one trouble after the other. It stops where one cannot be ended. */
export async function runDrill(troubles: readonly Trouble[], deps: DrillDeps): Promise<DrillRow[]> {
  const rows: DrillRow[] = [];
  for (const trouble of troubles) {
    if (deps.stop.aborted) {
      break;
    }
    const { row, isEnded } = await runTrouble(trouble, deps);
    rows.push(row);
    if (!isEnded) {
      break;
    }
  }
  return rows;
}

interface TroubleResult {
  readonly row: DrillRow;
  readonly isEnded: boolean;
}

async function runTrouble(trouble: Trouble, deps: DrillDeps): Promise<TroubleResult> {
  const { watch, clock, onProgress } = deps;
  const row: DrillRow = { trouble, seenMs: undefined, resolvedMs: undefined, fault: undefined };
  const before = await watch.read(trouble.alert).catch((error: unknown) => describeError(error));
  if (before === undefined || typeof before === 'string' || before.isFiring || before.isNotified) {
    return { row: { ...row, fault: `not planted: ${findObstacle(before)}` }, isEnded: true };
  }
  onProgress(`${trouble.name}: ${trouble.what}. If this command is killed: ${trouble.undo}`);
  const plantedMs = clock.now();
  let fault: string | undefined;
  try {
    await trouble.plant();
    const withinMs = before.forMs + trouble.buildsUpMs + marginMs;
    fault = await waitFor((alert) => alert.isFiring && alert.isNotified, trouble, 'seen', withinMs, deps);
  } catch (error) {
    fault = `not planted: ${describeError(error)}`;
  }
  const seenMs = fault === undefined ? clock.now() - plantedMs : undefined;
  if (!(await endTrouble(trouble, onProgress))) {
    return { row: { ...row, seenMs, fault: `NOT ENDED: ${trouble.undo}` }, isEnded: false };
  }
  if (seenMs === undefined) {
    return { row: { ...row, fault }, isEnded: true };
  }
  onProgress(
    `${trouble.name}: ${trouble.alert} is there after ${toMinutes(seenMs)} min; the trouble is ended`,
  );
  const endedMs = clock.now();
  const withinMs = trouble.lingersMs + marginMs;
  fault = await waitFor((alert) => !alert.isFiring && !alert.isNotified, trouble, 'resolved', withinMs, deps);
  const resolvedMs = fault === undefined ? clock.now() - endedMs : undefined;
  return { row: { ...row, seenMs, resolvedMs, fault }, isEnded: true };
}

function findObstacle(before: AlertReading | string | undefined): string {
  if (typeof before === 'string') {
    return before;
  }
  return before === undefined ? 'Prometheus has no such rule' : 'the alert is there already';
}

/** @returns what did not happen, or nothing. An answer that does not come is asked for again. */
async function waitFor(
  isThere: (alert: AlertReading) => boolean,
  { alert }: Trouble,
  what: 'seen' | 'resolved',
  withinMs: number,
  { watch, clock, sleep, stop }: DrillDeps,
): Promise<string | undefined> {
  const endsAt = clock.now() + withinMs;
  while (!stop.aborted) {
    const reading = await watch.read(alert).catch((error: unknown) => describeError(error));
    if (typeof reading === 'object' && isThere(reading)) {
      return undefined;
    }
    if (clock.now() >= endsAt) {
      const why = typeof reading === 'string' ? `: ${reading}` : '';
      return `not ${what} within ${toMinutes(withinMs)} min${why}`;
    }
    await sleep(pollMs);
  }
  return `stopped before it was ${what}`;
}

async function endTrouble(trouble: Trouble, onProgress: DrillDeps['onProgress']): Promise<boolean> {
  for (let attempt = 1; attempt <= attemptsToEnd; attempt += 1) {
    try {
      await trouble.end();
      return true;
    } catch (error) {
      onProgress(`${trouble.name}: it could not be ended: ${describeError(error)}`);
    }
  }
  return false;
}

export function toMinutes(ms: number): string {
  return (ms / 60_000).toFixed(1);
}
