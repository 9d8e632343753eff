import type { IncomingMessage } from 'node:http';
import { getRawBody } from 'raw-body';
import { type DeadlineWatch, noSlot } from '../runtime/deadline-watch.ts';
import { releaseBytes } from '../runtime/release-bytes.ts';
import type { Admission } from '../webhook/admission-gate.ts';
import { Refusal } from '../webhook/refusal.ts';
import { type ArrivingBody, findEvictable } from './arriving-body.ts';
import { isAuthenticated } from './server/limit-connections.ts';

export interface ReadBodyOptions {
  readonly maxBodyBytes: number;
  /** Time by which the body must be complete, as a `Clock.now` value. */
  readonly endsAt: number;
  readonly declaredBytes: number | undefined;
  readonly arriving: DeadlineWatch<ArrivingBody>;
}

/**
 * Maximum Content-Length of bodies that are counted only if they arrive slowly. A listener for each of these bodies
 * would cost more than it saves.
 */
const maxBodyBytesWithoutListener = 16 * 1024;

/**
 * Memory that the smallest chunk costs: objects, a buffer, and list entries
 * (docs/decisions/020-abusive-clients.md).
 */
const minChunkMemoryBytes = 512;

/** Memory in bytes that each header uses in addition to its text. The text uses two bytes per character. */
const headerBytes = 256;

/** Memory for headers that is already counted with each connection: twenty headers and some hundred bytes. */
const headerBytesPerConnection = 8 * 1024;

/**
 * Maximum number of small chunks in a body on a connection without a valid signature. A body with more small chunks is
 * rejected. Each chunk is one run of Node's parser, and small chunks would delay all other senders of a busy process.
 */
const maxUnverifiedChunks = 4_096;

/**
 * Maximum number of small chunks in a rejected body. If a body exceeds this number, its connection is closed without a
 * response.
 */
const maxSmallBodyChunks = 64;

/**
 * Reads the raw bytes of the body within the limits of size and time.
 *
 * @throws {Refusal} `too_large`, `body_timeout`, `aborted`, `overloaded` or `unverified_overload`
 */
export function readBody(
  request: IncomingMessage,
  admission: Admission,
  options: ReadBodyOptions,
): Promise<Buffer> {
  return new BodyReader(request, admission, options).start();
}

/** Reads one body. It is a class, because closures would have to be allocated again for each delivery. */
class BodyReader implements ArrivingBody {
  slot = noSlot;
  sweeps = 0;
  readonly endsAt: number;
  readonly #request: IncomingMessage;
  readonly #admission: Admission;
  readonly #options: ReadBodyOptions;
  readonly #outcome = Promise.withResolvers<Buffer>();
  /** Number of chunks since counting started, or `undefined` before counting starts. */
  #counted: Buffer[] | undefined;
  #smallChunks = 0;
  #isRefused = false;

  constructor(request: IncomingMessage, admission: Admission, options: ReadBodyOptions) {
    this.#request = request;
    this.#admission = admission;
    this.#options = options;
    this.endsAt = options.endsAt;
  }

  start(): Promise<Buffer> {
    const { maxBodyBytes, declaredBytes, arriving } = this.#options;
    arriving.add(this);
    getRawBody(this.#request, { limit: maxBodyBytes, length: declaredBytes ?? null }, (error, body) =>
      error === null ? this.#accept(body) : this.#refuse(error),
    );
    if (declaredBytes === undefined || declaredBytes > maxBodyBytesWithoutListener) {
      this.#startCounting();
    }
    return this.#outcome.promise;
  }

  count(): void {
    if (this.#counted === undefined) {
      this.#startCounting();
      // The bytes that have arrived so far are unknown, but cannot be more than the socket has read.
      this.#hold(Math.min(this.#options.declaredBytes ?? 0, this.#request.socket.bytesRead));
    }
  }

  get heldBytes(): number {
    return this.#admission.heldBytes;
  }

  get isLarge(): boolean {
    return this.#admission.isLargeWith(0);
  }

  get isProven(): boolean {
    return isAuthenticated(this.#request.socket);
  }

  evict(refusal: Refusal): void {
    this.#refuse(refusal);
  }

  onTimeout(): void {
    this.#refuse(new Refusal('body_timeout', 'The body did not arrive in time'));
  }

  #accept(body: Buffer): void {
    this.#options.arriving.remove(this);
    if (this.#counted !== undefined) {
      for (const chunk of this.#counted) {
        releaseCopiedChunk(chunk, body);
      }
    }
    this.#outcome.resolve(body);
  }

  #refuse(error: unknown): void {
    if (this.#isRefused) {
      return;
    }
    this.#isRefused = true;
    this.#options.arriving.remove(this);
    this.#admission.release();
    this.#outcome.reject(toBodyRefusal(error));
    if (this.#smallChunks > maxSmallBodyChunks) {
      // Only destroying the request makes raw-body release its chunks. Otherwise, node:http keeps the chunks until the
      // event loop has read all other sockets. Within one such turn, 150 clients with one-byte chunks crashed a process
      // in 512 MiB.
      this.#request.destroy();
    } else {
      this.#request.pause();
    }
    this.#counted = undefined;
  }

  #startCounting(): void {
    this.#counted = [];
    this.#request.on('data', (chunk: Buffer) => this.#addChunk(chunk));
    this.#hold(Math.max(0, estimateHeaderBytes(this.#request) - headerBytesPerConnection));
  }

  #addChunk(chunk: Buffer): void {
    if (this.#isRefused) {
      return;
    }
    this.#counted?.push(chunk);
    this.#smallChunks += chunk.length < minChunkMemoryBytes ? 1 : 0;
    if (this.#smallChunks > maxUnverifiedChunks && !this.isProven) {
      this.#refuse(new Refusal('unverified_overload', 'The body arrives in too many small chunks'));
    } else {
      this.#hold(Math.max(chunk.length, minChunkMemoryBytes));
    }
  }

  #hold(bytes: number): void {
    try {
      this.#admission.addBytes(bytes);
    } catch (error) {
      const isSharedLimitExceeded = error instanceof Refusal && error.code === 'unverified_overload';
      const bodyToEvict = isSharedLimitExceeded ? this.#findEvictable(bytes) : undefined;
      if (bodyToEvict === undefined) {
        this.#refuse(error);
      } else {
        bodyToEvict.evict(
          new Refusal(
            'unverified_overload',
            'The receiver stopped reading this body, because other bodies need its memory',
            {
              cause: error,
            },
          ),
        );
        this.#hold(bytes);
      }
    }
  }

  #findEvictable(more: number): ArrivingBody | undefined {
    const isLargeBody = this.#admission.isLargeWith(more);
    return findEvictable(this.#options.arriving, { asking: this, isLarge: isLargeBody });
  }
}

/** Returns the memory that a request uses before its body arrives. */
function estimateHeaderBytes({ url = '', rawHeaders }: IncomingMessage): number {
  const textBytes = rawHeaders.reduce((sum, text) => sum + text.length, url.length);
  return 2 * textBytes + (rawHeaders.length / 2) * headerBytes;
}

/**
 * Frees a chunk that raw-body has copied into the body. Otherwise, the memory of such chunks would make V8 collect the
 * whole heap earlier (docs/decisions/023-speed.md#memory-of-the-process). If a body has only one chunk, the chunk is
 * the body and must not be freed.
 */
function releaseCopiedChunk(chunk: Buffer, body: Buffer): void {
  if (chunk.buffer !== body.buffer) {
    releaseBytes(chunk);
  }
}

function toBodyRefusal(error: unknown): unknown {
  if (error instanceof Refusal) {
    return error;
  }
  const errorType = error instanceof Error && 'type' in error ? error.type : undefined;
  if (errorType === 'entity.too.large') {
    return new Refusal('too_large', 'The body exceeds the size limit', { cause: error });
  }
  return new Refusal('aborted', 'The body did not arrive completely', { cause: error });
}
