import { Duplex } from 'node:stream';
import type { SimulatedProcess } from '../world/simulated-process.ts';
import type { Pipe, PipeEnd } from './pipe.ts';

/** Operations that a socket needs from its connection. */
interface SocketWay {
  readonly outgoing: Pipe;
  readonly incoming: Pipe;
  /** Called when this side has closed its socket, with or without an error. */
  closed(): void;
  /** Drops the data in flight and reports an error to the other side. */
  reset(): void;
}

export interface SocketOptions {
  /** The process that created the socket. `undefined` for servers of the simulation. */
  readonly owner: SimulatedProcess | undefined;
  readonly remote: { readonly host: string; readonly port: number };
  readonly allowHalfOpen: boolean;
}

type WriteCallback = (error?: Error) => void;

const neverConnected = () =>
  Object.assign(new Error('Socket closed before the connection was established'), {
    code: 'ERR_SOCKET_CLOSED_BEFORE_CONNECTION',
  });

let made = 0;
/** Sockets that are collected so that they can be destroyed together. */
let together: SimulatedSocket[] | undefined;

/** Destroys sockets in the order of their creation, regardless of the order in which they were added. */
export function destroyInOrder(destroySome: () => void): void {
  const sockets: SimulatedSocket[] = [];
  together = sockets;
  destroySome();
  together = undefined;
  for (const socket of sockets.toSorted((one, other) => one.number - other.number)) {
    socket.destroy();
  }
}

/** A socket that behaves like a `net.Socket`, for clients and servers. */
export class SimulatedSocket extends Duplex implements PipeEnd {
  readonly number = made++;
  readonly owner: SimulatedProcess | undefined;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly remoteFamily = 'IPv4';
  readonly localAddress = '10.0.0.1';
  readonly localPort = 40_000;
  connecting = true;
  bytesRead = 0;
  bytesWritten = 0;
  timeout = 0;
  #way: SocketWay | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Callbacks to run once the socket is connected. */
  #whenConnected: (() => void)[] = [];

  constructor({ owner, remote, allowHalfOpen }: SocketOptions) {
    super({ allowHalfOpen });
    this.owner = owner;
    this.remoteAddress = remote.host;
    this.remotePort = remote.port;
  }

  get pending(): boolean {
    return this.connecting;
  }

  /** Attaches the established connection. */
  attach(way: SocketWay): void {
    this.#way = way;
    this.connecting = false;
    const waiting = this.#whenConnected;
    this.#whenConnected = [];
    for (const run of waiting) {
      run();
    }
  }

  receive(bytes: Buffer): boolean {
    if (this.destroyed || this.readableEnded) {
      return true;
    }
    this.bytesRead += bytes.length;
    return this.#asOwner(() => {
      this.#refreshTimeout();
      return this.push(bytes);
    }, true);
  }

  receiveEnd(): void {
    if (!this.destroyed) {
      this.#asOwner(() => this.push(null), false);
    }
  }

  /** Called when the peer or the network ends the connection. */
  fail(error: Error): void {
    this.#asOwner(() => this.destroy(error), this);
  }

  /** Runs simulation code as the process that owns the socket. */
  #asOwner<T>(work: () => T, otherwise: T): T {
    return this.owner === undefined ? work() : (this.owner.run(work) ?? otherwise);
  }

  /** The `close` event reports whether an error ended the socket, as node:net does. */
  override emit(event: string | symbol, ...args: unknown[]): boolean {
    return super.emit(event, ...(event === 'close' ? [this.errored !== null] : args));
  }

  override _read(): void {
    this.#way?.incoming.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: WriteCallback): void {
    this.#send(chunk, callback);
  }

  override _writev(chunks: { readonly chunk: Buffer }[], callback: WriteCallback): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk)), callback);
  }

  #send(bytes: Buffer, callback: WriteCallback): void {
    this.bytesWritten += bytes.length;
    this.#refreshTimeout();
    // The socket discards data that a process sends after its end.
    if (this.owner?.isAlive() !== false) {
      const onNeverConnected = () => callback(neverConnected());
      if (this.connecting) {
        this.once('close', onNeverConnected);
      }
      this.#onceConnected((way) => {
        this.off('close', onNeverConnected);
        way.outgoing.send(bytes, () => this.#asOwner(() => process.nextTick(callback), undefined));
      });
    }
  }

  override _final(callback: () => void): void {
    this.#onceConnected((way) => {
      way.outgoing.sendEnd();
      callback();
    });
  }

  override destroy(error?: Error): this {
    if (together === undefined) {
      return super.destroy(error);
    }
    together.push(this);
    return this;
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    clearTimeout(this.#timer);
    this.#whenConnected = [];
    this.#way?.closed();
    callback(error);
  }

  #onceConnected(run: (way: SocketWay) => void): void {
    if (this.#way === undefined) {
      this.#whenConnected.push(() => this.#way && run(this.#way));
    } else {
      run(this.#way);
    }
  }

  setTimeout(ms: number, listener?: () => void): this {
    this.timeout = ms;
    if (listener !== undefined) {
      this.once('timeout', listener);
    }
    this.#refreshTimeout();
    return this;
  }

  #refreshTimeout(): void {
    clearTimeout(this.#timer);
    this.#timer = this.timeout === 0 ? undefined : setTimeout(() => this.emit('timeout'), this.timeout);
  }

  /** Like `net.Socket.destroySoon`, ends the socket and destroys it once all data is written. */
  destroySoon(): void {
    if (this.writable) {
      this.end();
    }
    if (this.writableFinished) {
      this.destroy();
    } else {
      this.once('finish', this.destroy);
    }
  }

  resetAndDestroy(): this {
    this.#way?.reset();
    return this.destroy();
  }

  address() {
    return { address: this.localAddress, family: 'IPv4', port: this.localPort };
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
