import type { Socket } from 'node:net';
import { RabbitMqError } from './rabbitmq-error.ts';

/** What the frames of a server tell, and amqplib does not. */
export interface FrameWatch {
  /** From now on several frames may come at once. */
  opened(): void;
  /** The server's words when it closed the connection. */
  closeText(): string | undefined;
}

const headerBytes = 7;
/** Where the text of a connection.close begins: after class and method, code, and its own length. */
const textAt = 4 + 2 + 1;
/** So much of a frame is looked at: the header, and a connection.close up to the end of its text. */
const headBytes = headerBytes + textAt + 255;
const methodFrame = 1;
const contentHeaderFrame = 2;
const connectionClose = (10 << 16) | 50;
/** amqplib gathers a message of any size, and RabbitMQ's own limit is 16 MiB. */
const maxMessageBytes = 64 * 1024 * 1024;

/**
 * Looks at each frame before amqplib does. What is thrown here is thrown inside of amqplib's reading, which fails the opening
 * by it, or ends the connection.
 */
export function watchFrames(socket: Socket): FrameWatch {
  let isOpen = false;
  let closeText: string | undefined;
  let rest: Buffer = Buffer.alloc(0);
  /** Bytes of a frame that was looked at. */
  let passing = 0;

  function look(type: number | undefined, payload: Buffer): void {
    if (type === methodFrame && payload.length >= textAt && payload.readInt32BE(0) === connectionClose) {
      closeText = payload.toString('utf8', textAt, textAt + (payload[textAt - 1] ?? 0));
    } else if (type === contentHeaderFrame && payload.length >= 12) {
      const size = payload.readBigUInt64BE(4);
      if (size > maxMessageBytes) {
        throw new RabbitMqError('answer_check', `a message of ${size} bytes was announced`);
      }
    }
  }

  // amqplib reads on 'readable', so this hears of the bytes when it takes them.
  socket.on('data', (chunk: Buffer) => {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const passed = Math.min(passing, bytes.length);
      passing -= passed;
      bytes = bytes.subarray(passed);
      if (!isOpen && passed > 0 && bytes.length > 0) {
        // Nobody could listen yet: amqplib would throw what follows where nobody can catch it.
        throw new RabbitMqError('protocol', 'more was sent than asked for while the connection was opened');
      }
      if (bytes.length < headerBytes) {
        break;
      }
      const frameBytes = headerBytes + bytes.readUInt32BE(3) + 1;
      const lookedAt = Math.min(frameBytes, headBytes);
      if (bytes.length < lookedAt) {
        break;
      }
      look(bytes[0], bytes.subarray(headerBytes, lookedAt));
      passing = frameBytes;
    }
    rest = bytes;
  });
  return {
    opened() {
      isOpen = true;
    },
    closeText: () => closeText,
  };
}
