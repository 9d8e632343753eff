import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

type Fields = Readonly<Record<string, unknown>>;

interface Definitions {
  readonly decode: (id: number, bytes: Buffer) => Record<string, unknown>;
  readonly encodeMethod: (id: number, channel: number, fields: Fields) => Buffer;
  readonly encodeProperties: (id: number, channel: number, size: number, fields: Fields) => Buffer;
  readonly info: (id: number) => { readonly name: string };
  readonly [name: string]: unknown;
}

const require = createRequire(import.meta.url);
/** Definitions of AMQP 0-9-1 from amqplib, for both the client side and the server side. */
const definitions: Definitions = require(join(dirname(require.resolve('amqplib')), 'lib/defs.js'));

export interface Frame {
  /** Name of the method, or `content` for the header and body of a message. */
  readonly name: string;
  readonly channel: number;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly payload: Buffer;
  /** The complete frame in bytes. */
  readonly bytes: Buffer;
}

/** Encodes a method, such as `ConnectionStart`, as a frame. */
export function encodeMethod(name: string, channel: number, fields: Fields = {}): Buffer {
  return definitions.encodeMethod(definitions[name] as number, channel, fields);
}

/** Encodes a frame. Type 1 is a method, type 2 a message header, type 3 a message body, and type 8 a heartbeat. */
export function encodeFrame(type: number, channel: number, payload: Buffer, end = 0xce): Buffer {
  const head = Buffer.alloc(7);
  head.writeUInt8(type, 0);
  head.writeUInt16BE(channel, 1);
  head.writeUInt32BE(payload.length, 3);
  return Buffer.concat([head, payload, Buffer.from([end])]);
}

/** Encodes the header of a message with properties such as `deliveryMode`. */
export function encodePropertiesFrame(channel: number, size: number, properties: Fields): Buffer {
  return definitions.encodeProperties(definitions.BasicProperties as number, channel, size, properties);
}

/**
 * Decodes the properties of a message.
 *
 * @param payload payload of the header frame
 */
export function decodeProperties(payload: Buffer): Record<string, unknown> {
  return definitions.decode(payload.readUInt16BE(0), payload.subarray(12));
}

/** Splits the data from a client into frames. The protocol header is returned as a separate frame named `header`. */
export function createFrameReader(handle: (frame: Frame) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let isFirst = true;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const size = isFirst ? 8 : rest.length < 7 ? Number.POSITIVE_INFINITY : 8 + rest.readUInt32BE(3);
      if (rest.length < size) {
        return;
      }
      const bytes = rest.subarray(0, size);
      rest = rest.subarray(size);
      handle(isFirst ? { name: 'header', channel: 0, fields: {}, payload: bytes, bytes } : decode(bytes));
      isFirst = false;
    }
  };
}

function decode(bytes: Buffer): Frame {
  const channel = bytes.readUInt16BE(1);
  const payload = bytes.subarray(7, -1);
  if (bytes[0] !== 1) {
    return { name: bytes[0] === 8 ? 'heartbeat' : 'content', channel, fields: {}, payload, bytes };
  }
  const id = payload.readUInt32BE(0);
  const fields = definitions.decode(id, payload.subarray(4));
  return { name: definitions.info(id).name, channel, fields, payload, bytes };
}
