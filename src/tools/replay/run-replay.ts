import {
  type DeadLetter,
  type DeadLetterSelection,
  type DeadLetterStore,
  isSelected,
  toDeadLetter,
} from '../../ports/dead-letter.ts';
import type { StoredRecord } from '../../ports/record-reader.ts';
import type { RejectionForecast, Sink, SinkRecord } from '../../ports/sink.ts';
import type { Clock } from '../../runtime/clock.ts';
import { untilAborted } from '../../runtime/until-aborted.ts';
import type { EventFields } from '../../webhook/event-fields.ts';
import { byteAt, contentStart, openBracket } from '../../webhook/json-bytes.ts';
import { planRecords, RecordPlan } from '../../webhook/plan-records.ts';
import { type RecordRules, readOrigin, toCommonHeaders } from '../../webhook/record-headers.ts';
import { storeRecords } from '../../webhook/store-records.ts';
import type { RecordTopics } from '../../webhook/to-record.ts';
import { trustDeadLetter } from '../../webhook/verified-body.ts';

export interface ReplayDeps {
  readonly store: DeadLetterStore;
  readonly selection: DeadLetterSelection;
  readonly target: ReplayTarget;
  readonly planning: PlanReplayDeps;
  readonly clock: Clock;
  /** @param read number of dead letters read so far, selected or not */
  readonly observe: (read: number) => void;
  /**
   * Stops the run after the current batch. The dead letters that were replayed until then are still recorded as
   * replayed.
   */
  readonly stop: AbortSignal;
}

/**
 * Destination of a replay: a sink that stores the events or, for a dry run, a forecast of which records the store would
 * reject. A dry run changes nothing.
 */
export type ReplayTarget =
  /** Returns the same sink at each call. Called before the first append. */
  { readonly openSink: () => Promise<Sink> } | { readonly forecast: RejectionForecast };

export interface ReplayReportLine {
  readonly reason: string;
  readonly webhook: string;
  readonly outcome: ReplayOutcome['kind'];
  /** For replayed dead letters, the topics of their events. For dead letters that failed again, the reason. */
  readonly detail: string;
  readonly deadLetters: number;
  readonly events: number;
}

export interface ReplayReport {
  readonly read: number;
  readonly lines: readonly ReplayReportLine[];
  /** Number of dead letters that the options exclude. */
  readonly notSelected: number;
  /** Number of records that the receiver did not write, such as dead letters of the revision filter. */
  readonly foreign: number;
  /**
   * Number of dead letters that the store rejected before. A dry run cannot predict whether the store still rejects
   * them.
   */
  readonly uncertain: number;
  /** Whether the run was stopped, so that more dead letters may exist. */
  readonly stopped: boolean;
}

/** Time limit for each round of appends. */
const appendTimeoutMs = 15_000;

/** Replays dead letters. Dead letters that fail again or are not selected remain for a later run. */
export async function runReplay(deps: ReplayDeps): Promise<ReplayReport> {
  const { store, selection, target, planning, clock, observe, stop } = deps;
  const forecast = 'forecast' in target ? target.forecast : () => 'unknown' as const;
  const lines = new Map<string, { -readonly [K in keyof ReplayReportLine]: ReplayReportLine[K] }>();
  const counts = { read: 0, notSelected: 0, foreign: 0, uncertain: 0 };

  function count({ reason, webhook }: DeadLetter, outcome: ReplayOutcome): void {
    const isReplayed = outcome.kind === 'replayed';
    const detail = isReplayed ? outcome.topics.join(', ') : outcome.reason;
    const key = JSON.stringify([reason, webhook, outcome.kind, detail]);
    const line = lines.get(key) ?? {
      reason,
      webhook,
      outcome: outcome.kind,
      detail,
      deadLetters: 0,
      events: 0,
    };
    line.deadLetters += 1;
    line.events += isReplayed ? outcome.events : 0;
    lines.set(key, line);
  }

  /** @returns the positions of the replayed dead letters, and the error that ends the run, if there is one */
  async function replayBatch(letters: readonly DeadLetter[]) {
    const sink = 'openSink' in target && letters.length > 0 ? await target.openSink() : undefined;
    const deadline = clock.now() + appendTimeoutMs;
    const places: string[] = [];
    let failure: unknown;
    const replayPromises = letters.map(async (letter) => {
      const plannedReplay = planReplay(letter, planning);
      const outcome =
        sink === undefined
          ? forecastReplay(plannedReplay, forecast)
          : await appendReplay(plannedReplay, sink, deadline);
      if (
        sink === undefined &&
        outcome.kind === 'replayed' &&
        isForecastUncertain(letter, plannedReplay, forecast)
      ) {
        counts.uncertain += 1;
      }
      count(letter, outcome);
      if (outcome.kind === 'replayed') {
        places.push(letter.place);
      }
    });
    for (const append of await Promise.allSettled(replayPromises)) {
      failure ??= append.status === 'rejected' ? append.reason : undefined;
    }
    return { places, failure };
  }

  async function* readBatches(): AsyncGenerator<readonly StoredRecord[]> {
    for await (const batch of store.records()) {
      // Chunks do not span batches, because the store must know which dead letters of a batch were replayed before it
      // returns the next batch.
      yield* toChunks(batch);
    }
  }

  for await (const records of untilAborted(readBatches(), stop)) {
    const deadLetters = records.map(toDeadLetter).filter((letter) => letter !== undefined);
    const selectedDeadLetters = deadLetters.filter((letter) => isSelected(letter, selection));
    const { places, failure } = await replayBatch(selectedDeadLetters);
    counts.read += records.length;
    counts.foreign += records.length - deadLetters.length;
    counts.notSelected += deadLetters.length - selectedDeadLetters.length;
    observe(counts.read);
    // Replayed dead letters are recorded even if a failure then stops the run.
    if ('openSink' in target && places.length > 0) {
      await store.markReplayed(places);
    }
    if (failure !== undefined) {
      throw failure;
    }
  }
  const sortedLines = [...lines.keys()].toSorted().flatMap((key) => lines.get(key) ?? []);
  return { ...counts, lines: sortedLines, stopped: stop.aborted };
}

const maxChunkRecords = 1_000;
const maxChunkBytes = 1024 * 1024;

/**
 * Splits a batch into chunks that can be appended within one deadline. Only a single record may exceed the limit of
 * bytes.
 */
export function* toChunks(records: readonly StoredRecord[]): Generator<readonly StoredRecord[]> {
  let chunk: StoredRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const isFull = chunk.length >= maxChunkRecords || bytes + record.value.length > maxChunkBytes;
    if (isFull && chunk.length > 0) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(record);
    bytes += record.value.length;
  }
  if (chunk.length > 0) {
    yield chunk;
  }
}

type ReplayOutcome =
  | { readonly kind: 'replayed'; readonly topics: readonly string[]; readonly events: number }
  /** The dead letter would fail again, so it remains unchanged in the store. */
  | { readonly kind: 'failed'; readonly reason: string };

interface PlanReplayDeps {
  readonly eventFields: EventFields;
  readonly recordRules: RecordRules;
  readonly topicsOf: (webhook: string) => RecordTopics;
}

interface PlannedReplay {
  readonly plan: RecordPlan;
  /** The expected outcome. The store may still reject a record. */
  readonly outcome: ReplayOutcome;
}

/**
 * Splits a dead letter into events and determines their keys, as the receiver does. Each record gets the header
 * `replayed-from` with the position of the dead letter.
 */
export function planReplay(
  letter: DeadLetter,
  { eventFields, recordRules, topicsOf }: PlanReplayDeps,
): PlannedReplay {
  const { webhook, receivedAt, headers, bytes, place, isElement } = letter;
  const origin = readOrigin((name) => headers[name], receivedAt);
  const facts = { webhook, topics: topicsOf(webhook), commonHeaders: toCommonHeaders(origin, recordRules) };
  const plan = planRecords(trustDeadLetter(bytes), facts, eventFields);
  const events = plan.events.map((record) => markReplayed(record, place));
  // An array that was an element of a batch, for example one that was nested too deeply to be parsed, must not be split
  // as a batch itself. The check skips a byte order mark, because splitting would skip it too.
  const isNestedArray = isElement && byteAt(bytes, contentStart(bytes)) === openBracket;
  const [failure] = plan.deadLetters;
  const outcome: ReplayOutcome =
    isNestedArray || events.length === 0
      ? { kind: 'failed', reason: isNestedArray ? 'not_object' : (failure?.reason ?? 'no_events') }
      : { kind: 'replayed', topics: listTargets(events), events: events.length };
  const { batchIndexes, batchSize, deadLetters } = plan;
  return { plan: new RecordPlan({ events, batchIndexes, batchSize }, deadLetters, facts), outcome };
}

function listTargets(events: readonly SinkRecord[]): string[] {
  return [...new Set(events.map(({ topic }) => topic))].toSorted();
}

function markReplayed(record: SinkRecord, place: string): SinkRecord {
  return { ...record, headers: { ...record.headers, 'replayed-from': place } };
}

/** Predicts the outcome of `appendReplay`. */
function forecastReplay({ plan, outcome }: PlannedReplay, forecast: RejectionForecast): ReplayOutcome {
  if (outcome.kind === 'failed') {
    return outcome;
  }
  const rejections = plan.events.map(forecast).filter((each) => each !== undefined && each !== 'unknown');
  const [reason] = rejections;
  return plan.events.length === 1 && plan.deadLetters.length === 0 && reason !== undefined
    ? { kind: 'failed', reason }
    : { ...outcome, events: outcome.events - rejections.length };
}

/**
 * Whether the outcome cannot be predicted, because the store rejected this dead letter's record before, for a reason
 * that the forecast does not cover.
 */
function isForecastUncertain(
  { reason }: DeadLetter,
  { plan }: PlannedReplay,
  forecast: RejectionForecast,
): boolean {
  return (
    reason === 'rejected_by_broker' ||
    (reason === 'too_large' && plan.events.some((event) => forecast(event) === 'unknown'))
  );
}

/**
 * Appends the planned records. If the store rejects a dead letter's only event, the dead letter remains unchanged. If
 * a body has several events, the rejected events become new dead letters.
 *
 * @throws {SinkError}
 */
export async function appendReplay(
  { plan, outcome }: PlannedReplay,
  sink: Sink,
  deadline: number,
): Promise<ReplayOutcome> {
  if (outcome.kind === 'failed') {
    return outcome;
  }
  if (plan.events.length === 1 && plan.deadLetters.length === 0) {
    const [rejection] = await sink.append(plan.events, deadline);
    return rejection === undefined ? outcome : { kind: 'failed', reason: rejection.reason };
  }
  const { stored } = await storeRecords(sink, plan, deadline);
  return { ...outcome, events: stored };
}
