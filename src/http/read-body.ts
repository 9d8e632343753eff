import type { IncomingMessage } from 'node:http';
import { getRawBody } from 'raw-body';
import type { DeadlineWatch, TimedWork } from '../runtime/deadline-watch.ts';
import { noSlot } from '../runtime/slot-list.ts';
import type { Admission } from '../webhook/admission-gate.ts';
import { Refusal } from '../webhook/refusal.ts';

export interface ReadBodyOptions {
  readonly maxBodyBytes: number;
  /** In the time of `Clock.now`: the body must be whole by then. */
  readonly endsAt: number;
  readonly declaredBytes: number | undefined;
  readonly deadlines: DeadlineWatch<TimedWork>;
}

/** Bodies that announce up to this length are counted once they are whole: a listener for each one would cost more. */
const uncountedBytes = 16 * 1024;

/**
 * Reads the raw bytes of the body within the limits on size and time.
 *
 * @throws {Refusal} `too_large`, `body_timeout`, `aborted` or `overloaded`
 */
export function readBody(
  request: IncomingMessage,
  admission: Admission,
  { maxBodyBytes, endsAt, declaredBytes, deadlines }: ReadBodyOptions,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const work: TimedWork = {
      slot: noSlot,
      endsAt,
      onTimeout: () => refuse(new Refusal('body_timeout', 'The body did not arrive in time')),
    };
    /** Those that were counted. */
    const chunks: Buffer[] = [];

    function accept(body: Buffer): void {
      deadlines.remove(work);
      for (const chunk of chunks) {
        freeCopied(chunk, body);
      }
      resolve(body);
    }

    function refuse(error: unknown): void {
      deadlines.remove(work);
      request.pause();
      reject(toRefusal(error));
    }

    function count(chunk: Buffer): void {
      try {
        admission.addBytes(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        request.off('data', count);
        refuse(error);
      }
    }

    deadlines.add(work);
    const body = getRawBody(request, { limit: maxBodyBytes, length: declaredBytes ?? null });
    void body.then(accept, refuse);
    if (declaredBytes === undefined || declaredBytes > uncountedBytes) {
      request.on('data', count);
    }
  });
}

/**
 * Gives the memory of a chunk back at once, when raw-body has copied it into the body. V8 would do so when it next collects
 * garbage, and the more memory waits for that, the sooner it collects the whole heap (docs/decisions/025-room-for-bodies.md).
 * A body of one chunk is that chunk, and memory that something else has a part of is left alone, too.
 */
function freeCopied({ buffer, byteLength }: Buffer, body: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength && buffer !== body.buffer) {
    buffer.transfer(0);
  }
}

function toRefusal(error: unknown): unknown {
  if (error instanceof Refusal) {
    return error;
  }
  const type = error instanceof Error && 'type' in error ? error.type : undefined;
  if (type === 'entity.too.large') {
    return new Refusal('too_large', 'The body is over the limit', { cause: error });
  }
  return new Refusal('aborted', 'The body did not arrive whole', { cause: error });
}
