import { setTimeout as delay } from 'node:timers/promises';
import { Backoff } from '../runtime/backoff.ts';
import type { Clock } from '../runtime/clock.ts';
import { toError } from '../runtime/errors.ts';
import type { Sink } from '../sink/sink.ts';
import type { AppendRouter } from './append-router.ts';
import type { ChunkInHand } from './chunk-in-hand.ts';
import type { SpoolChunk } from './read-chunk.ts';
import type { SpoolKeeper } from './spool-keeper.ts';

export interface DrainLoopDeps {
  readonly spool: Pick<SpoolKeeper, 'read' | 'idle' | 'remainingBytes'>;
  readonly store: Pick<Sink, 'health'>;
  readonly router: Pick<AppendRouter, 'beginHandover' | 'completeHandover' | 'cancelHandover'>;
  readonly toChunkInHand: (chunk: SpoolChunk) => Pick<ChunkInHand, 'drain'>;
  readonly onFailure: (error: Error) => void;
  /** The process is shutting down: what the store does not take at once stays in the spool. */
  readonly isClosing: () => boolean;
  /** Ends the loop after the chunk under way. */
  readonly stop: AbortSignal;
  readonly clock: Clock;
}

const limits = { maxRecords: 1_000, maxBytes: 1024 * 1024 };
/** What is left of the spool when appends begin to wait. */
const handoverBytes = 256 * 1024;
const attemptMs = 10_000;
const healthPollMs = 100;
/** While all that is left is on its way to disk. */
const writePollMs = 5;
const retryDelayMs = { first: 100, last: 2_000 };

/** Drains the spool in order, chunk by chunk, until appends go to the store again or the process shuts down. */
export async function runDrainLoop(deps: DrainLoopDeps): Promise<void> {
  const { spool, store, router, toChunkInHand, onFailure, isClosing, stop, clock } = deps;
  const backoff = new Backoff(retryDelayMs);
  let inHand: Pick<ChunkInHand, 'drain'> | undefined;

  /** @returns `undefined` when nothing is left */
  async function takeHead(): Promise<Pick<ChunkInHand, 'drain'> | undefined> {
    if (spool.remainingBytes <= handoverBytes) {
      router.beginHandover();
      await spool.idle();
    }
    const chunk = await spool.read(limits);
    return chunk.lines.length === 0 ? undefined : toChunkInHand(chunk);
  }

  /** @returns true when nothing is left to do */
  async function drainHead(): Promise<boolean> {
    inHand ??= await takeHead();
    if (inHand === undefined) {
      const isDone = router.completeHandover();
      // A read that finds no segment takes no turn of the event loop, and without one no write ends.
      await (isDone || delay(writePollMs));
      return isDone;
    }
    await inHand.drain(clock.now() + attemptMs);
    inHand = undefined;
    backoff.reset();
    return false;
  }

  /** @returns false when the process shuts down */
  async function waitAfterFailure(ms: number): Promise<boolean> {
    router.cancelHandover();
    if (isClosing()) {
      return false;
    }
    await delay(ms, undefined, { signal: stop }).catch(() => {});
    return true;
  }

  while (!stop.aborted) {
    try {
      if (store.health().up) {
        if (await drainHead()) {
          return;
        }
      } else if (!(await waitAfterFailure(healthPollMs))) {
        return;
      }
    } catch (error) {
      onFailure(toError(error));
      if (!(await waitAfterFailure(backoff.next()))) {
        return;
      }
    }
  }
}
