import { type Sink, SinkError } from '../../ports/sink.ts';
import { toError } from '../../runtime/errors.ts';
import { findWaiting, type Waiting } from './backlog.ts';
import type { PlacedLine, SpoolChunk } from './read-chunk.ts';
import { type SendDeps, type SentUnit, sendUnit, toUnits, type Unit } from './send-unit.ts';
import { type Share, shareOf, toShareName } from './share.ts';
import type { Spool } from './spool.ts';

export interface DrainedCounts {
  readonly stored: number;
  readonly deadLettered: number;
}

export type SetAsideLine = SentUnit['setAside'][number];

export interface ChunkDeps extends SendDeps {
  readonly store: Pick<Sink, 'append'> & Required<Pick<Sink, 'partitionCount' | 'problemOf'>>;
  readonly spool: Pick<Spool, 'backlog' | 'drainedOf' | 'setAside' | 'noteProgress'>;
  /** The spool was lost to another process, which drains it from where it was noted last. */
  readonly isLost: () => boolean;
  readonly now: () => number;
  readonly onDrained: (counts: DrainedCounts) => void;
  /** A line went to the file of what no store takes. */
  readonly onSetAside: (line: SetAsideLine) => void;
  /** @param among with which it waited until now */
  readonly onRefused: (waiting: Waiting, among: Waiting) => void;
}

/** Lines of one key, of one chunk. */
interface ChunkUnit {
  readonly waiting: Waiting;
  readonly lines: readonly PlacedLine[];
}

interface Refusal {
  readonly share: Share | undefined;
  readonly problem: string;
}

/**
 * Sends the lines of a chunk that these wait with, and moves each one's position behind the chunk, when the store took its
 * lines. What the store does not take is left behind, by share.
 *
 * @returns false when nothing of it was stored or passed
 * @throws what says nothing of the store: the disk failed
 */
export async function sendChunk(
  chunk: SpoolChunk,
  waiting: ReadonlySet<Waiting>,
  deps: ChunkDeps,
): Promise<boolean> {
  const { spool, isLost, onDrained, onSetAside } = deps;
  const { segment } = chunk.start;
  for (const each of waiting) {
    each.moveTo(chunk.start);
  }
  const refusals = new Map<Waiting, Map<string, Refusal>>();
  const sent: { unit: ChunkUnit; result: SentUnit }[] = [];
  await Promise.all(
    toChunkUnits(chunk, waiting, deps).map(async (unit) => {
      const refused = await trySend(unit, deps, (result) => sent.push({ unit, result }));
      if (refused !== undefined) {
        const name = refused.share === undefined ? '' : toShareName(refused.share);
        const ofOne = refusals.get(unit.waiting) ?? new Map<string, Refusal>();
        refusals.set(unit.waiting, ofOne.set(name, refused));
      }
    }),
  );
  if (isLost()) {
    return true;
  }
  const setAside = sent.flatMap(({ result }) => result.setAside);
  if (setAside.length > 0) {
    await spool.setAside.add(
      segment,
      setAside.map(({ line }) => line.text),
    );
    setAside.forEach(onSetAside);
  }
  for (const { unit, result } of sent) {
    spool.drainedOf(segment, unit.lines.length);
    onDrained(result);
    for (const { offset } of unit.lines) {
      unit.waiting.done.add(offset);
    }
  }
  const taken = new Set(sent.map(({ unit }) => unit.waiting));
  for (const each of waiting) {
    const refused = [...(refusals.get(each)?.values() ?? [])];
    if (refused.length > 0) {
      leave(each, chunk, refused, deps);
    } else {
      each.moveTo(chunk.next);
      if (taken.has(each)) {
        each.taken();
      }
    }
  }
  await spool.noteProgress();
  return sent.length > 0 || refusals.size < waiting.size;
}

function toChunkUnits(
  { lines, start: { segment } }: SpoolChunk,
  waiting: ReadonlySet<Waiting>,
  { spool }: ChunkDeps,
): ChunkUnit[] {
  const byWaiting = new Map<Waiting, PlacedLine[]>();
  for (const line of lines) {
    const found = findWaiting(spool.backlog, line.record, { segment, offset: line.offset });
    if (found !== undefined && waiting.has(found)) {
      const own = byWaiting.get(found);
      if (own === undefined) {
        byWaiting.set(found, [line]);
      } else {
        own.push(line);
      }
    }
  }
  return [...byWaiting].flatMap(([each, own]) =>
    toUnits(own).map((unit) => ({ waiting: each, lines: unit })),
  );
}

/** @returns why the store does not take it now; `undefined` when it was stored or set aside */
async function trySend(
  { lines }: ChunkUnit,
  deps: ChunkDeps,
  onSent: (result: SentUnit) => void,
): Promise<Refusal | undefined> {
  const { store, topics } = deps;
  const record = lines[0]?.record;
  const isKnown = record !== undefined && topics.has(record.topic);
  const share = isKnown ? shareOf(record, store.partitionCount(record.topic)) : undefined;
  const problem = share && store.problemOf(share);
  if (problem !== undefined) {
    return { share, problem };
  }
  try {
    onSent(await sendPoisoned(lines, deps));
    return undefined;
  } catch (error) {
    return { share, problem: toError(error).message };
  }
}

/**
 * A record that makes the store's own program fail would do so for ever: such a one is found, and set aside. One that the
 * store does not route is found too, and becomes a dead letter.
 */
async function sendPoisoned(unit: Unit, deps: ChunkDeps): Promise<SentUnit> {
  try {
    return await sendUnit(unit, deps);
  } catch (error) {
    if (error instanceof SinkError && error.code !== 'sink_unroutable') {
      throw error;
    }
    const [line, ...others] = unit;
    if (line !== undefined && others.length === 0) {
      return { stored: 0, deadLettered: 0, setAside: [{ line, why: toError(error).message }] };
    }
    // In halves: a unit of a thousand lines is not sent a thousand times for one of them.
    const middle = Math.ceil(unit.length / 2);
    const first = await sendPoisoned(unit.slice(0, middle), deps);
    return sum([first, await sendPoisoned(unit.slice(middle), deps)]);
  }
}

/** What the store refused stays where it is. Where that is a part of what waits together, it waits alone from now on. */
function leave(waiting: Waiting, chunk: SpoolChunk, refusals: readonly Refusal[], deps: ChunkDeps): void {
  const { spool, now, onRefused } = deps;
  const parts = refusals.flatMap(({ share, problem }) =>
    share !== undefined && isFiner(share, waiting.share) ? [{ share, problem }] : [],
  );
  if (parts.length < refusals.length) {
    waiting.refused(refusals[0]?.problem ?? '', now());
    onRefused(waiting, waiting);
    return;
  }
  for (const { share, problem } of parts) {
    const part = spool.backlog.add(share, waiting.position, waiting);
    for (const offset of waiting.done) {
      part.done.add(offset);
    }
    part.refused(problem, now());
    onRefused(part, waiting);
  }
  waiting.moveTo(chunk.next);
}

/** The store may refuse a part of what waits together. */
function isFiner(share: Share, than: Share | undefined): boolean {
  return than === undefined || (than.partition !== null && share.of > than.of);
}

function sum(sent: readonly SentUnit[]): SentUnit {
  return {
    stored: sent.reduce((total, { stored }) => total + stored, 0),
    deadLettered: sent.reduce((total, { deadLettered }) => total + deadLettered, 0),
    setAside: sent.flatMap(({ setAside }) => setAside),
  };
}
