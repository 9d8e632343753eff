import type { PlacedRecord } from './record-reader.ts';

/** Which events a run of `replay --from events` puts back. It is remembered until the run is at its end. */
export interface ReplayRun {
  /** As the user gave them: a run with the same options goes on with one that was stopped. */
  readonly options: string;
  /** Epoch milliseconds, as the other times. */
  readonly startedAtMs: number;
  readonly sinceMs: number;
  readonly untilMs?: number | undefined;
}

/** How far a run is in a part of a store that has an order: a partition, a stream, a journal. In the words of the store. */
export interface PartProgress {
  /** Position of the last record that is done; empty before the first one. */
  readonly after: string;
  /** Where the run ends: it never reads what it has written itself. */
  readonly to: string;
}

export interface RememberedRun {
  /** The process that does it: one that finds another there has been overtaken, and stops. */
  readonly owner: string;
  readonly run: ReplayRun;
  /** How many parts the run has; the store may keep each of them by itself. */
  readonly partCount: number;
  readonly parts: ReadonlyMap<string, PartProgress>;
}

/** What an earlier run has put back. */
export interface EventCopy {
  readonly record: PlacedRecord;
  /** The place, in the same topic, where the event itself was read. */
  readonly origin: string;
}

/** The stored events of one run, and how far it is. */
export interface ReplaySource {
  /** For messages. */
  readonly name: string;
  /**
   * From now on the run is this process's: another one that does it stops with its next `remember`. With the journal: after its
   * sink has started, which keeps others away.
   *
   * @returns the run to do, as it was chosen
   */
  begin(): Promise<ReplayRun>;
  /** What is left of the run, up to the end that the store had when it began. In order within each part. */
  records(run: ReplayRun): AsyncIterable<readonly PlacedRecord[]>;
  /** These are put back, all before them in their parts too. In the order of `records`. */
  note(done: readonly PlacedRecord[]): Promise<void>;
  /**
   * Those copies whose event still stands at its place and is put back by this run, before a stop or after it. In doubt a
   * copy is not among them: then both are put back.
   */
  findRepeated(copies: readonly EventCopy[]): Promise<ReadonlySet<PlacedRecord>>;
  /** Keeps durably what was noted. @throws {Error} when another process has taken the run over, or ended it */
  remember(): Promise<void>;
  /** The run is at its end: nothing of it is remembered. Throws as `remember`. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

/** @param remembered the run that was stopped. @returns that one, or a new one. @throws {UsageError} when it has to be asked */
export type ChooseRun = (remembered: ReplayRun | undefined) => ReplayRun;

const prefix = 'events:';

export function encodeRun({ parts, ...remembered }: RememberedRun): string {
  return `${prefix}${JSON.stringify({ ...remembered, parts: Object.fromEntries(parts) })}`;
}

/**
 * Looked at before each write. Two runs that write at the same moment overwrite each other: then events are put back twice,
 * and never passed over, as both do the same run.
 *
 * @param text what is remembered. @throws {Error}
 */
export function requireOwner(text: string, owner: string): void {
  if (parseRun(text)?.owner !== owner) {
    throw new Error('another replay has taken this run over, or has ended it');
  }
}

/** @returns `undefined` for any other text */
export function parseRun(text: string): RememberedRun | undefined {
  if (!text.startsWith(prefix)) {
    return undefined;
  }
  try {
    const { owner, run, partCount, parts } = JSON.parse(text.slice(prefix.length)) as EncodedRun;
    const isRun = typeof run.options === 'string' && [run.startedAtMs, run.sinceMs].every(Number.isFinite);
    const entries = Object.entries(parts);
    const isWhole = entries.every(([, { after, to }]) => typeof after === 'string' && typeof to === 'string');
    return isRun && isWhole ? { owner, run, partCount, parts: new Map(entries) } : undefined;
  } catch {
    return undefined;
  }
}

interface EncodedRun extends Omit<RememberedRun, 'parts'> {
  readonly parts: Readonly<Record<string, PartProgress>>;
}
