import {
  type DeadLetter,
  type DeadLetterSelection,
  type DeadLetterStore,
  isSelected,
  toDeadLetter,
} from '../../ports/dead-letter.ts';
import type { StoredRecord } from '../../ports/record-reader.ts';
import type { Sink, SinkRecord } from '../../ports/sink.ts';
import type { Clock } from '../../runtime/clock.ts';
import { untilAborted } from '../../runtime/until-aborted.ts';
import type { EventFields } from '../../webhook/event-fields.ts';
import { byteAt, contentStart, openBracket } from '../../webhook/json-bytes.ts';
import { planRecords, RecordPlan } from '../../webhook/plan-records.ts';
import { type RecordRules, readOrigin, toCommonHeaders } from '../../webhook/record-headers.ts';
import { storeRecords } from '../../webhook/store-records.ts';
import type { RecordTopics } from '../../webhook/to-record.ts';
import { readmitDeadLetter } from '../../webhook/verified-body.ts';

export interface ReplayDeps extends PlanReplayDeps {
  readonly store: DeadLetterStore;
  readonly selection: DeadLetterSelection;
  /** The same at each call, which comes when there is something to put back. `undefined`: a dry run, which appends and remembers nothing. */
  readonly openSink: (() => Promise<Sink>) | undefined;
  readonly clock: Clock;
  /** @param read so far, selected or not */
  readonly observe: (read: number) => void;
  /** Ends the run after the batch that is under way, which is remembered. */
  readonly stop: AbortSignal;
}

export interface ReplayLine {
  readonly reason: string;
  readonly webhook: string;
  readonly outcome: ReplayOutcome['kind'];
  /** The topics of its events, or why it failed again. */
  readonly detail: string;
  readonly deadLetters: number;
  readonly events: number;
}

export interface ReplayReport {
  readonly read: number;
  readonly lines: readonly ReplayLine[];
  /** Not in the selection. */
  readonly notSelected: number;
  /** Records of the revision filter and of others. */
  readonly foreign: number;
  /** It was stopped: there may be more. */
  readonly stopped: boolean;
}

/** For each round of appends. */
const appendTimeoutMs = 15_000;

/** Puts dead letters back. Those that fail again or are not selected stay for another run. */
export async function runReplay(deps: ReplayDeps): Promise<ReplayReport> {
  const { store, selection, openSink, clock, observe, stop } = deps;
  const lines = new Map<string, { -readonly [K in keyof ReplayLine]: ReplayLine[K] }>();
  const counts = { read: 0, notSelected: 0, foreign: 0 };

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

  /** @returns the places of those that were put back, and why the run ends here when it does */
  async function putBack(letters: readonly DeadLetter[]) {
    const sink = letters.length === 0 ? undefined : await openSink?.();
    const deadline = clock.now() + appendTimeoutMs;
    const places: string[] = [];
    let failure: unknown;
    const appends = letters.map(async (letter) => {
      const planned = planReplay(letter, deps);
      const outcome = sink === undefined ? planned.outcome : await appendReplay(planned, sink, deadline);
      count(letter, outcome);
      if (outcome.kind === 'replayed') {
        places.push(letter.place);
      }
    });
    for (const append of await Promise.allSettled(appends)) {
      failure ??= append.status === 'rejected' ? append.reason : undefined;
    }
    return { places, failure };
  }

  async function* readParts(): AsyncGenerator<readonly StoredRecord[]> {
    for await (const batch of store.records()) {
      // Each batch by itself: what is not put back of it has to be known before the next.
      yield* toChunks(batch);
    }
  }

  for await (const records of untilAborted(readParts(), stop)) {
    const letters = records.map(toDeadLetter).filter((letter) => letter !== undefined);
    const chosen = letters.filter((letter) => isSelected(letter, selection));
    const { places, failure } = await putBack(chosen);
    counts.read += records.length;
    counts.foreign += records.length - letters.length;
    counts.notSelected += letters.length - chosen.length;
    observe(counts.read);
    // After a failure, what was stored is still remembered before the run stops.
    if (openSink !== undefined && places.length > 0) {
      await store.note(places);
    }
    if (failure !== undefined) {
      throw failure;
    }
  }
  const sorted = [...lines.keys()].toSorted().flatMap((key) => lines.get(key) ?? []);
  return { ...counts, lines: sorted, stopped: stop.aborted };
}

const mostRecords = 1_000;
const mostBytes = 1024 * 1024;

/** Not more at once than that, unless one record has more bytes: an append has one deadline, however much it has to store. */
export function* toChunks(records: readonly StoredRecord[]): Generator<readonly StoredRecord[]> {
  let chunk: StoredRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const isFull = chunk.length >= mostRecords || bytes + record.value.length > mostBytes;
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

/** The result for one dead letter. */
type ReplayOutcome =
  | { readonly kind: 'replayed'; readonly topics: readonly string[]; readonly events: number }
  /** It would be dead-lettered again, and stays in its place. */
  | { readonly kind: 'failed'; readonly reason: string };

interface PlanReplayDeps {
  readonly eventFields: EventFields;
  readonly recordRules: RecordRules;
  /** Topics of a registration. */
  readonly topicsOf: (webhook: string) => RecordTopics;
}

interface PlannedReplay {
  readonly plan: RecordPlan;
  /** The store may still reject a record. */
  readonly outcome: ReplayOutcome;
}

/** Splits and keys a dead letter as the receiver does. The header `replayed-from` of each record names its place. */
export function planReplay(
  letter: DeadLetter,
  { eventFields, recordRules, topicsOf }: PlanReplayDeps,
): PlannedReplay {
  const { webhook, receivedAt, headers, bytes, place, isElement } = letter;
  const origin = readOrigin((name) => headers[name], receivedAt);
  const facts = { webhook, topics: topicsOf(webhook), commonHeaders: toCommonHeaders(origin, recordRules) };
  const plan = planRecords(readmitDeadLetter(bytes), facts, eventFields);
  const events = plan.events.map((record) => markReplayed(record, place));
  // An array that was an element of a batch must not become a batch of its own. An element that was not looked into, such as
  // one that is too deep, may begin with a byte order mark, and splitting would leave it out.
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

/**
 * Appends what was planned. A single event that the store rejects stays where it is. If a body has several events,
 * the rejected ones become new dead letters.
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
