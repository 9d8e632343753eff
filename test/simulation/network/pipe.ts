import type { World } from '../world/world.ts';
import type { LinkState } from './link.ts';

/** The receiving end of a pipe. */
export interface PipeEnd {
  /**
   * Receives bytes.
   * @returns `false` if the receiver accepts no more bytes for now; it calls `resume` later
   */
  receive(bytes: Buffer): boolean;
  receiveEnd(): void;
}

interface PipeDeps {
  readonly world: Pick<World, 'random' | 'after'>;
  readonly link: LinkState;
  readonly end: PipeEnd;
  /** Called when a fault cuts the connection while data is in flight. */
  readonly onCut: () => void;
}

const ordinaryMs = { from: 1, to: 3 };
const splitChance = 0.15;
const joinChance = 0.3;
/**
 * Size of the operating system's receive buffer. When the application does not read, no more data than this is in
 * flight.
 */
const maxHeldBytes = 256 * 1024;
const maxPieceBytes = 64 * 1024;

/**
 * One direction of a connection. Bytes arrive later and in order, but in pieces of different sizes. Each piece has a
 * timer, and the timer that fires first delivers the next piece.
 */
export class Pipe {
  readonly #deps: PipeDeps;
  #pieces: (Buffer | 'end')[] = [];
  #heldBytes = 0;
  /** Number of timers that fired while the link was frozen. */
  #late = 0;
  #isPaused = false;
  #isClosed = false;
  #onLateSend: (() => void) | undefined;
  #onSpace: (() => void) | undefined;

  constructor(deps: PipeDeps) {
    this.#deps = deps;
  }

  /** Sends bytes. @param onSpace called when the pipe accepts more bytes */
  send(bytes: Buffer, onSpace: () => void): void {
    if (this.#isClosed) {
      this.#onLateSend?.();
      onSpace();
      return;
    }
    // Copies the bytes, because the sender reuses its buffer.
    const copy = Buffer.from(bytes);
    for (let at = 0; at < copy.length; at += maxPieceBytes) {
      this.#addSplit(copy.subarray(at, at + maxPieceBytes));
    }
    if (this.#heldBytes < maxHeldBytes) {
      onSpace();
    } else {
      this.#onSpace = onSpace;
    }
  }

  sendEnd(): void {
    this.#add('end');
  }

  /** Resumes the delivery once the reader accepts bytes again. */
  resume(): void {
    this.#isPaused = false;
    this.release();
  }

  /** Delivers the data that was delayed while the link was frozen. */
  release(): void {
    const late = this.#late;
    this.#late = 0;
    for (let left = late; left > 0; left -= 1) {
      this.#schedule();
    }
  }

  /**
   * Closes the pipe and discards the data in flight.
   *
   * @param onLateSend called when the sender sends more data although the reader has closed the pipe
   */
  close(onLateSend?: () => void): void {
    this.#isClosed = true;
    this.#pieces = [];
    this.#onLateSend = onLateSend;
  }

  #addSplit(piece: Buffer): void {
    const { random } = this.#deps.world;
    const at = piece.length > 1 && random.chance(splitChance) ? random.between(1, piece.length - 1) : 0;
    if (at > 0) {
      this.#add(piece.subarray(0, at));
    }
    this.#add(piece.subarray(at));
  }

  #add(piece: Buffer | 'end'): void {
    if (this.#isClosed) {
      return;
    }
    this.#pieces.push(piece);
    this.#heldBytes += piece === 'end' ? 0 : piece.length;
    this.#schedule();
  }

  #schedule(): void {
    const { world, link } = this.#deps;
    const delayMs = world.random.between(ordinaryMs.from, ordinaryMs.to) + link.delayMs;
    world.after(delayMs, () => this.#deliver());
  }

  #deliver(): void {
    const { world, link, end } = this.#deps;
    if (this.#isClosed || this.#pieces.length === 0) {
      return;
    }
    if (link.isFrozen || this.#isPaused) {
      this.#late += 1;
      return;
    }
    const piece = this.#take(world.random.chance(joinChance));
    if (piece === 'end') {
      end.receiveEnd();
      return;
    }
    const { bytesToCut } = link;
    if (bytesToCut !== undefined && piece.length >= bytesToCut) {
      link.bytesToCut = undefined;
      end.receive(piece.subarray(0, bytesToCut));
      this.#deps.onCut();
      return;
    }
    link.bytesToCut = bytesToCut === undefined ? undefined : bytesToCut - piece.length;
    this.#isPaused = !end.receive(piece);
  }

  /** Takes the next piece, or several adjacent pieces combined into one. */
  #take(isJoined: boolean): Buffer | 'end' {
    const first = this.#pieces.shift();
    if (first === undefined || first === 'end') {
      return 'end';
    }
    const piece = isJoined ? this.#joinNext(first) : first;
    this.#heldBytes -= piece.length;
    const onSpace = this.#onSpace;
    if (onSpace !== undefined && this.#heldBytes < maxHeldBytes) {
      this.#onSpace = undefined;
      onSpace();
    }
    return piece;
  }

  #joinNext(first: Buffer): Buffer {
    const taken = [first];
    let { length } = first;
    for (let next = this.#pieces[0]; next instanceof Buffer; next = this.#pieces[0]) {
      length += next.length;
      if (length > maxPieceBytes) {
        break;
      }
      taken.push(next);
      this.#pieces.shift();
    }
    return Buffer.concat(taken);
  }
}
