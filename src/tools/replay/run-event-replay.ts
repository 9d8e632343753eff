import type { EventCopy, ReplayRun, ReplaySource } from '../../ports/event-replay.ts';
import type { PlacedRecord } from '../../ports/record-reader.ts';
import type { Sink, SinkRecord } from '../../ports/sink.ts';
import type { Clock } from '../../runtime/clock.ts';
import { untilAborted } from '../../runtime/until-aborted.ts';
import { createPace, toChunks } from './pace.ts';

export interface EventReplayDeps {
  readonly source: ReplaySource;
  /** As `source` has begun it. */
  readonly run: ReplayRun;
  /** `undefined`: a dry run, which appends and remembers nothing. */
  readonly sink: Sink | undefined;
  /** Instead of the topic of each event. */
  readonly target?: string | undefined;
  /** Events per second; `undefined`: as fast as the store takes them. */
  readonly rate?: number | undefined;
  readonly isWanted: (record: PlacedRecord) => boolean;
  readonly nameOf: (record: PlacedRecord) => string | undefined;
  readonly clock: Clock;
  readonly observe: (putBack: number) => void;
  /** Ends the run when what is under way is put back, which is remembered. */
  readonly stop: AbortSignal;
}

export interface EventReplayLine {
  readonly name: string;
  readonly outcome: 'replayed' | 'rejected';
  /** The topic they went to, or why the store will never take them. */
  readonly detail: string;
  /** Where the first of them was read. */
  readonly firstPlace: string;
  readonly events: number;
}

export interface EventReplayReport {
  readonly read: number;
  readonly lines: readonly EventReplayLine[];
  /** Events of another name or registration. */
  readonly notSelected: number;
  /** What an earlier run has put back into the same topic, and whose event this run puts back. */
  readonly copies: number;
  /** Records of another producer: without a key or a value, or in a batch that cannot be read. */
  readonly foreign: number;
  /** There may be more. */
  readonly stopped: boolean;
}

/** Where the event was read that this record repeats: `topic/partition/offset`, or its like in another store. */
const repeatedFrom = 'repeated-from';

const appendTimeoutMs = 15_000;
/** After a kill so much, and what was under way, is put back again. */
const rememberIntervalMs = 250;
/** Every name costs memory, and other producers may write any. */
const mostLines = 1_000;

/** Puts stored events back, in order within each part of the store. @throws {SinkError} when the store takes no more */
export async function runEventReplay(deps: EventReplayDeps): Promise<EventReplayReport> {
  const { source, run, sink, target, rate, isWanted, nameOf, clock, observe, stop } = deps;
  const counts = { read: 0, notSelected: 0, copies: 0, foreign: 0 };
  const lines = new Map<string, { -readonly [K in keyof EventReplayLine]: EventReplayLine[K] }>();
  const pace = createPace(rate, clock);
  let putBack = 0;
  let rememberAt = clock.now() + rememberIntervalMs;

  function count(record: PlacedRecord, outcome: EventReplayLine['outcome'], detail: string): void {
    const known = nameOf(record) ?? 'unknown';
    const name = lines.size < mostLines ? known : '(other names)';
    const key = JSON.stringify([outcome, detail, name]);
    const line = lines.get(key) ?? { name, outcome, detail, firstPlace: record.place, events: 0 };
    line.events += 1;
    lines.set(key, line);
  }

  async function* select(): AsyncGenerator<readonly PlacedRecord[]> {
    for await (const batch of untilAborted(source.records(run), stop)) {
      counts.read += batch.length;
      const wanted = batch.filter(isSelected);
      const found = wanted.flatMap(toCopyWithin);
      const repeated = found.length === 0 ? new Set() : await source.findRepeated(found);
      counts.copies += repeated.size;
      yield wanted.filter((record) => !repeated.has(record));
    }
  }

  function isSelected(record: PlacedRecord): boolean {
    const { key, value, headers } = record;
    if (key === null || value.length === 0 || headers.reason === 'unreadable_batch') {
      counts.foreign += 1;
      return false;
    }
    if (!isWanted(record)) {
      counts.notSelected += 1;
      return false;
    }
    return true;
  }

  async function put(records: readonly PlacedRecord[]): Promise<void> {
    const copies = records.map((record) => toCopy(record, target));
    const rejections = (await sink?.append(copies, clock.now() + appendTimeoutMs)) ?? [];
    const rejected = new Map(rejections.map(({ index, reason }) => [index, reason]));
    for (const [index, record] of records.entries()) {
      const reason = rejected.get(index);
      if (reason === undefined) {
        count(record, 'replayed', target ?? record.topic);
      } else {
        count(record, 'rejected', reason);
      }
    }
    putBack += records.length - rejected.size;
    observe(putBack);
    if (sink !== undefined) {
      await source.note(records.filter((_, index) => !rejected.has(index)));
      if (clock.now() >= rememberAt) {
        await source.remember();
        rememberAt = clock.now() + rememberIntervalMs;
      }
    }
  }

  try {
    for await (const chunk of toChunks(select(), pace.mostAtOnce)) {
      await pace.wait(chunk.length, stop);
      if (stop.aborted) {
        break;
      }
      await put(chunk);
    }
  } catch (error) {
    // What was stored before the failure need not be put back again; why the run ends is the first error.
    await rememberIfReal().catch(() => {});
    throw error;
  }
  const stopped = stop.aborted;
  await (stopped || sink === undefined ? rememberIfReal() : source.finish());

  async function rememberIfReal(): Promise<void> {
    if (sink !== undefined) {
      await source.remember();
    }
  }

  const sorted = [...lines.values()].toSorted((a, b) => (toSortKey(a) < toSortKey(b) ? -1 : 1));
  return { ...counts, lines: sorted, stopped };
}

/** With the event's own bytes, key and headers, and a header more. */
function toCopy(record: PlacedRecord, target: string | undefined): SinkRecord {
  const { topic, key, value, headers } = record;
  return { topic: target ?? topic, key, value, headers: { ...headers, [repeatedFrom]: toOrigin(record) } };
}

/** A journal's places do not name the topic. If a topic has several streams, each has a number behind its name. */
function toOrigin({ topic, place }: PlacedRecord): string {
  return place.startsWith(`${topic}/`) || place.startsWith(`${topic}.`) ? place : `${topic}/${place}`;
}

/** Its event was read in the topic that it stands in. */
function toCopyWithin(record: PlacedRecord): EventCopy[] {
  const from = record.headers[repeatedFrom];
  const own = toOrigin(record);
  if (from === undefined || nameOfTopic(from, record) !== nameOfTopic(own, record)) {
    return [];
  }
  return [{ record, origin: own === record.place ? from : from.slice(record.topic.length + 1) }];
}

function nameOfTopic(origin: string, { topic, place }: PlacedRecord): string {
  const [name = ''] = origin.split('/');
  return place.startsWith(`${topic}.`) ? name.replace(/\.\d+$/, '') : name;
}

function toSortKey({ name, outcome, detail }: EventReplayLine): string {
  return [name, outcome, detail].join('\u0000');
}
