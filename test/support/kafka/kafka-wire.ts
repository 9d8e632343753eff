import { connect, type Socket } from 'node:net';

/**
 * A minimal encoder for Kafka's protocol, for tests that must not depend on a Kafka client. Strings and arrays use the
 * format before KIP-482.
 */
export const apiKeys = {
  produce: 0,
  fetch: 1,
  metadata: 3,
  leaveGroup: 13,
  apiVersions: 18,
  endTxn: 26,
  describeConfigs: 32,
  electLeaders: 43,
  alterPartitionReassignments: 45,
  alterClientQuotas: 49,
  describeQuorum: 55,
} as const;

export interface WireRequest {
  readonly port: number;
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly body: Buffer;
  /**
   * Whether the version has tagged fields (KIP-482). If so, the headers of the request and the response also have
   * tagged fields.
   */
  readonly isFlexible?: boolean;
  readonly timeoutMs?: number;
}

/** Sends one request on a new connection. Returns the part of the response after the correlation id. */
export async function askKafka(request: WireRequest): Promise<Buffer> {
  const socket = connect({ host: '127.0.0.1', port: request.port });
  socket.setTimeout(request.timeoutMs ?? 2_000, () =>
    socket.destroy(new Error('Kafka did not answer in time')),
  );
  try {
    const header = Buffer.alloc(request.isFlexible === true ? 11 : 10);
    header.writeInt16BE(request.apiKey, 0);
    header.writeInt16BE(request.apiVersion, 2);
    header.writeInt32BE(1, 4);
    header.writeInt16BE(-1, 8);
    socket.write(Buffer.concat([int32(header.length + request.body.length), header, request.body]));
    return await readFrame(socket);
  } finally {
    socket.destroy();
  }
}

async function readFrame(socket: Socket): Promise<Buffer> {
  let read = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    read = Buffer.concat([read, chunk]);
    if (read.length >= 4 && read.length >= 4 + read.readInt32BE(0)) {
      return read.subarray(8, 4 + read.readInt32BE(0));
    }
  }
  throw new Error('Kafka closed the connection before its answer');
}

export function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
}

export function wireString(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(2);
  length.writeInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
