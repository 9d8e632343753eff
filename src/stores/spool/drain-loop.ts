import { setTimeout as delay } from 'node:timers/promises';
import { Backoff } from '../../runtime/backoff.ts';
import type { Clock } from '../../runtime/clock.ts';
import { toError } from '../../runtime/errors.ts';
import type { AbandonableSink, AppendRouter } from './append-router.ts';
import { comparePositions, findFirst, type Waiting } from './backlog.ts';
import type { SpoolChunk } from './read-chunk.ts';
import type { Spool } from './spool.ts';

export interface DrainLoopDeps {
  /** The spool as it is open now; `undefined` when it is not. */
  readonly current: () => Spool | undefined;
  readonly store: Pick<AbandonableSink, 'partitionCount' | 'problemOf'>;
  /** For which the store takes records. */
  readonly topics: ReadonlySet<string>;
  readonly router: Pick<AppendRouter, 'beginHandover' | 'completeHandover' | 'cancelHandover'>;
  /** @returns false when the store took nothing of it */
  readonly send: (
    spool: Spool,
    chunk: SpoolChunk,
    waiting: ReadonlySet<Waiting>,
    deadline: number,
  ) => Promise<boolean>;
  /** It says nothing of the store: the disk failed. `undefined` when it works again. */
  readonly onFailure: (error: Error | undefined) => void;
  /** The process is shutting down: what the store does not take at once stays in the spool. */
  readonly isClosing: () => boolean;
  /** Ends the loops after the chunks under way. */
  readonly stop: AbortSignal;
  readonly clock: Clock;
}

const limits = { maxRecords: 1_000, maxBytes: 1024 * 1024 };
/** What is left of the spool when appends begin to wait. */
const handoverBytes = 256 * 1024;
const attemptMs = 10_000;
const pollMs = 50;
/** While the last of it is on its way to disk. */
const handoverPollMs = 5;
const retryDelayMs = { first: 100, last: 2_000 };

/**
 * Drains the spool chunk by chunk until nothing waits any more, or the process shuts down. What the store has refused is
 * tried beside what it takes, so that it holds up nothing else.
 */
export async function drainSpool(deps: DrainLoopDeps): Promise<void> {
  const { current, isClosing, stop } = deps;
  const isEmpty = () => current()?.backlog.isEmpty !== false;
  for (let hasSent = true; hasSent && !stop.aborted && !isEmpty(); ) {
    // One loop alone could not go on: what the store takes again is the other one's.
    let isOver = false;
    const isEnding = () => {
      isOver ||= stop.aborted || isEmpty();
      return isOver;
    };
    const sent = await Promise.all([
      runLoop((each) => each.problem === undefined, isEnding, deps),
      runLoop((each) => each.problem !== undefined, isEnding, deps),
    ]);
    hasSent = !isClosing() || sent.includes(true);
  }
}

/** @returns false when nothing was sent until the process was shutting down */
async function runLoop(
  isWanted: (waiting: Waiting) => boolean,
  isEnding: () => boolean,
  deps: DrainLoopDeps,
): Promise<boolean> {
  const { router, onFailure, isClosing, stop } = deps;
  const backoff = new Backoff(retryDelayMs);
  let hasSent = false;
  while (!isEnding()) {
    let waitMs: number;
    try {
      waitMs = await drainOnce(isWanted, deps);
      if (waitMs === 0) {
        hasSent = true;
        backoff.reset();
        onFailure(undefined);
      }
    } catch (error) {
      onFailure(toError(error));
      router.cancelHandover();
      waitMs = backoff.next();
    }
    if (waitMs > handoverPollMs && isClosing()) {
      return hasSent;
    }
    // Without a turn of the event loop no write ends: what was read may have been read without I/O.
    await delay(waitMs, undefined, { signal: stop }).catch(() => {});
  }
  return hasSent;
}

/** @returns how long to wait for the next time; 0 when something was sent */
async function drainOnce(isWanted: (waiting: Waiting) => boolean, deps: DrainLoopDeps): Promise<number> {
  const { current, router, send, clock } = deps;
  const spool = current();
  if (spool === undefined) {
    return pollMs;
  }
  const waiting = new Set([...spool.backlog].filter((each) => isWanted(each) && canTry(each, deps)));
  const first = findFirst(waiting);
  if (first === undefined) {
    return pollMs;
  }
  const isNear = spool.bytesFrom(first) <= handoverBytes;
  for (const each of waiting) {
    const hasNothing = each.isOnDisk && spool.isAtEnd(each.position);
    if (isNear && (each.problem === undefined || hasNothing)) {
      router.beginHandover(each);
    }
  }
  const chunk = await spool.read(first, limits);
  if (chunk.lines.length > 0) {
    const hasSent = await send(spool, chunk, waiting, clock.now() + attemptMs);
    joinRest(spool, waiting, deps);
    return hasSent ? 0 : pollMs;
  }
  let hasEnded = false;
  for (const each of waiting) {
    if (each.isOnDisk && spool.isAtEnd(each.position)) {
      hasEnded = router.completeHandover(each) || hasEnded;
    }
  }
  if (hasEnded) {
    await spool.noteProgress();
  }
  return handoverPollMs;
}

/** Whether the store may take something of it now. */
function canTry({ share, notBefore }: Waiting, { store, topics, clock }: DrainLoopDeps): boolean {
  if (notBefore > clock.now()) {
    return false;
  }
  const takes = (topic: string, partition: number | null) =>
    !topics.has(topic) || store.problemOf({ topic, partition }) === undefined;
  if (share === undefined) {
    return [...topics].some((topic) => takes(topic, null));
  }
  const { topic, partition, of } = share;
  return takes(topic, of === store.partitionCount(topic) ? partition : null);
}

/**
 * What is as far as the rest goes on with it, unless the other loop has a chunk of the rest under way: the lines of others are
 * not in it.
 */
function joinRest({ backlog }: Spool, waiting: ReadonlySet<Waiting>, { router }: DrainLoopDeps): void {
  const { rest } = backlog;
  if (rest === undefined || !waiting.has(rest)) {
    return;
  }
  for (const each of waiting) {
    const isAsFar = comparePositions(each.position, rest.position) === 0;
    if (each !== rest && isAsFar && each.problem === undefined && each.isOnDisk) {
      backlog.remove(each);
      router.cancelHandover(each);
    }
  }
}
