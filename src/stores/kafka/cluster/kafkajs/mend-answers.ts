import Connection from 'kafkajs/src/network/connection.js';
import Decoder from 'kafkajs/src/protocol/decoder.js';
import { toError } from '../../../../runtime/errors.ts';
import { type AnswerBounds, AnswerFrames, lengthBytes } from '../../wire/answer-frames.ts';
import { largestAnswerBytes } from '../../wire/limits.ts';
import { kafkaApis } from './kafka-connection.ts';

const correlationIdBytes = 4;
/** A step of a login in its first form has no correlation id, and may be empty. */
const loginBounds: AnswerBounds = { leastBytes: 0, mostBytes: () => 64 * 1024 };

/**
 * Replaces one method of kafkajs, which gets every byte that a broker sends. The original believes the length of an answer:
 * one of -1, 0 or 3 is an error that nobody catches and that ends the process, and one of 2^31 - 1 is waited for, in memory.
 * It also keeps the half of an answer for the next connection. Here whatever is wrong ends the connection, by name. So does
 * the answer to a question that nobody asked: what follows it belongs to other questions, too. Calling it again changes
 * nothing.
 */
export function mendAnswers(): void {
  Connection.prototype.processData = function processData(chunk) {
    try {
      takeAnswers(this, chunk);
    } catch (error) {
      this.authHandlers?.onError();
      this.socket.destroy(toError(error));
    }
  };
}

function takeAnswers(connection: Connection, chunk: Buffer): void {
  const frames = framesOf(connection);
  frames.add(chunk);
  for (;;) {
    const { authHandlers } = connection;
    const frame = frames.next(authHandlers === null ? boundsOf(connection) : loginBounds);
    if (frame === undefined) {
      return;
    }
    if (authHandlers === null) {
      fulfill(connection, frame);
    } else {
      authHandlers.onSuccess(frame);
    }
  }
}

/** Each socket has its own. */
function framesOf(connection: Connection): AnswerFrames {
  const { socket } = connection;
  if (connection.answers?.socket !== socket) {
    connection.answers = { socket, frames: new AnswerFrames() };
  }
  return connection.answers.frames;
}

function boundsOf({ requestQueue }: Connection): AnswerBounds {
  return {
    leastBytes: correlationIdBytes,
    mostBytes(begin) {
      const asked = requestQueue.inflight.get(begin.readInt32BE(lengthBytes));
      return asked?.entry.apiKey === kafkaApis.Fetch ? largestAnswerBytes.fetch : largestAnswerBytes.other;
    },
  };
}

function fulfill({ requestQueue }: Connection, frame: Buffer): void {
  const correlationId = frame.readInt32BE(lengthBytes);
  if (!requestQueue.inflight.has(correlationId)) {
    throw new Error(`The broker answers question ${correlationId}, which was not asked`);
  }
  const size = frame.length - lengthBytes;
  requestQueue.fulfillRequest({
    correlationId,
    size,
    payload: frame.subarray(lengthBytes + correlationIdBytes),
  });
}

/**
 * Replaces the methods of kafkajs's decoder that read a length or a count. The originals believe both: a length below -1
 * moves the decoder back, so that a list of such texts is read for ever, and a count of 2^31 - 1 is a list of that size.
 * Those of flexible versions are left as they are: no request that is made here uses them. Calling it again changes
 * nothing.
 */
export function mendDecoder(): void {
  Object.assign(Decoder.prototype, checked);
}

const checked: Partial<Decoder> & ThisType<Decoder> = {
  readString() {
    return take(this, this.readInt16())?.toString() ?? null;
  },
  readBytes(this: Decoder, length = this.readInt32()) {
    return take(this, length);
  },
  readArray(read) {
    return readItems(this, toCount(this, this.readInt32()), read);
  },
  async readArrayAsync(read) {
    const items = [];
    for (let left = toCount(this, this.readInt32()); left > 0; left -= 1) {
      items.push(await read(this));
    }
    return items;
  },
};

/** Room is made for what is read only, whatever the count. */
function readItems<T>(decoder: Decoder, count: number, read: (decoder: Decoder) => T): T[] {
  const items: T[] = [];
  for (let left = count; left > 0; left -= 1) {
    items.push(read(decoder));
  }
  return items;
}

/** `null` for none, which is -1. */
function take(decoder: Decoder, length: number): Buffer | null {
  if (length === -1) {
    return null;
  }
  const { buffer, offset } = decoder;
  if (length < 0 || length > buffer.length - offset) {
    throw new RangeError(`The bytes have no ${length} more`);
  }
  decoder.offset += length;
  return buffer.subarray(offset, decoder.offset);
}

/** Each item takes a byte at least. */
function toCount({ buffer, offset }: Decoder, count: number): number {
  if (count < -1 || count > buffer.length - offset) {
    throw new RangeError(`The bytes have no ${count} items`);
  }
  return Math.max(0, count);
}
