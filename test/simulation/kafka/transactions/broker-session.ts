import type { Duplex } from 'node:stream';
import { WireReader } from '../../../../src/kafka/wire/wire-reader.ts';
import { WireWriter } from '../../../../src/kafka/wire/wire-writer.ts';
import type { ApiHandler, ClusterState } from './api-handler.ts';

/** What goes wrong with one request. */
export interface RequestFault {
  /** The broker answers with this error, and does nothing. */
  readonly error?: string;
  /** The broker does what it was asked, and never answers. */
  readonly isSilent?: boolean;
  /** The broker answers, and reads nothing from the connection for so long (KIP-219). */
  readonly throttleMs?: number;
  /** What it sends instead of the answer, which has its length before it. */
  readonly spoil?: (frame: Buffer) => Buffer;
}

export interface BrokerSessionDeps {
  readonly cluster: ClusterState;
  readonly broker: number;
  readonly handlers: ReadonlyMap<number, ApiHandler>;
  readonly onRequest: (broker: number, apiKey: number) => RequestFault;
}

const lengthBytes = 4;
const unspoiled = (frame: Buffer): Buffer => frame;

/** One connection to a broker, which takes the next request once it has answered the last one. */
export function serveBrokerSession(
  socket: Duplex,
  { cluster, broker, handlers, onRequest }: BrokerSessionDeps,
): void {
  let bytes = Buffer.alloc(0);
  let isBusy = false;

  function takeRequests(): void {
    while (!isBusy && bytes.length >= lengthBytes && bytes.length >= lengthBytes + bytes.readInt32BE(0)) {
      const end = lengthBytes + bytes.readInt32BE(0);
      const request = new WireReader(bytes.subarray(lengthBytes, end));
      bytes = bytes.subarray(end);
      handle(request);
    }
  }

  function takeMore(): void {
    isBusy = false;
    takeRequests();
  }

  function handle(request: WireReader): void {
    const apiKey = request.int16();
    const version = request.int16();
    const correlationId = request.int32();
    const clientId = request.string();
    const handler = handlers.get(apiKey);
    if (handler?.version !== version) {
      socket.destroy(new Error(`No version ${version} of request ${apiKey}`));
      return;
    }
    const { error, isSilent = false, throttleMs = 0, spoil = unspoiled } = onRequest(broker, apiKey);
    isBusy = true;
    handler.handle({
      cluster,
      broker,
      clientId,
      request,
      fault: error,
      throttleMs,
      answer(write) {
        if (isSilent || socket.destroyed) {
          return;
        }
        const writer = new WireWriter(256);
        writer.int32(0);
        writer.int32(correlationId);
        write(writer);
        writer.bytes.writeInt32BE(writer.offset - lengthBytes, 0);
        socket.write(spoil(Buffer.from(writer.written())));
        if (throttleMs > 0) {
          cluster.after(throttleMs, takeMore);
        } else {
          takeMore();
        }
      },
    });
  }

  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    takeRequests();
  });
  socket.on('error', () => undefined);
}
