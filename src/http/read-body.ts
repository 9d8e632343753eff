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
  readonly arriving: DeadlineWatch<ArrivingBody>;
}

/** Bodies that announce up to this length are counted only when they are slow: a listener for each one would cost more. */
const uncountedBytes = 16 * 1024;

/**
 * What the smallest chunk costs: an object of node:http, its memory and its places in lists take some 170 bytes
 * (docs/decisions/020-clients-that-mean-no-good.md).
 */
const leastChunkBytes = 256;

/** So many may follow a chunk that was refused, until the answer is out. With more the connection is cut. */
const maxLateChunks = 256;

/** A body that is being read. */
export interface ArrivingBody extends TimedWork {
  /** Counts it from now on, if it is not counted yet. */
  count(): void;
}

/**
 * Reads the raw bytes of the body within the limits on size and time.
 *
 * @throws {Refusal} `too_large`, `body_timeout`, `aborted`, `overloaded` or `unverified_overload`
 */
export function readBody(
  request: IncomingMessage,
  admission: Admission,
  { maxBodyBytes, endsAt, declaredBytes, arriving }: ReadBodyOptions,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const reading: ArrivingBody = {
      slot: noSlot,
      endsAt,
      onTimeout: () => refuse(new Refusal('body_timeout', 'The body did not arrive in time')),
      count() {
        if (counted === undefined) {
          startCounting();
          // All that can have arrived already.
          hold(Math.min(declaredBytes ?? 0, request.socket.bytesRead));
        }
      },
    };
    /** The chunks since it is counted. */
    let counted: Buffer[] | undefined;
    let isRefused = false;
    let lateChunks = 0;

    function accept(body: Buffer): void {
      arriving.remove(reading);
      if (counted !== undefined) {
        for (const chunk of counted) {
          freeCopied(chunk, body);
        }
      }
      resolve(body);
    }

    function refuse(error: unknown): void {
      isRefused = true;
      arriving.remove(reading);
      request.pause();
      reject(toRefusal(error));
    }

    function startCounting(): void {
      counted = [];
      request.on('data', addChunk);
    }

    function addChunk(chunk: Buffer): void {
      if (isRefused) {
        lateChunks += 1;
        if (lateChunks > maxLateChunks) {
          request.destroy();
        }
        return;
      }
      counted?.push(chunk);
      hold(Math.max(chunk.length, leastChunkBytes));
      if (isRefused && chunk.length < leastChunkBytes) {
        // A paused request would keep the rest of the packet: up to ten thousand such chunks.
        request.resume();
      }
    }

    function hold(bytes: number): void {
      try {
        admission.addBytes(bytes);
      } catch (error) {
        refuse(error);
      }
    }

    arriving.add(reading);
    const body = getRawBody(request, { limit: maxBodyBytes, length: declaredBytes ?? null });
    void body.then(accept, refuse);
    if (declaredBytes === undefined || declaredBytes > uncountedBytes) {
      startCounting();
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
