import Connection from 'kafkajs/src/network/connection.js';
import { toError } from '../../runtime/errors.ts';
import { type AnswerBounds, AnswerFrames, lengthBytes } from '../wire/answer-frames.ts';
import { largestAnswerBytes } from '../wire/limits.ts';
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
