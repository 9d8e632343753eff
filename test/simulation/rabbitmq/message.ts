import { decodeProperties, type Frame } from '../../support/rabbitmq/amqp-frames.ts';

/** A published message. */
export interface Message {
  readonly exchange: string;
  readonly routingKey: string;
  readonly isMandatory: boolean;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly content: Buffer;
  /** The original header and body frames of the message. If the message is returned, the server sends these frames back. */
  readonly frames: readonly Buffer[];
}

/** Assembles published messages from the frames of one channel. */
export function createMessageReader(handle: (message: Message) => void): (frame: Frame) => void {
  let method: Frame['fields'] = {};
  let frames: Frame[] = [];
  let missing = 0;
  return (frame) => {
    if (frame.name === 'BasicPublish') {
      method = frame.fields;
      frames = [];
      return;
    }
    const isHeader = frames.length === 0;
    missing = isHeader ? Number(frame.payload.readBigUInt64BE(4)) : missing - frame.payload.length;
    frames.push(frame);
    if (missing === 0) {
      const [header, ...bodies] = frames;
      handle({
        exchange: String(method.exchange),
        routingKey: String(method.routingKey),
        isMandatory: method.mandatory === true,
        properties: decodeProperties(header?.payload ?? Buffer.alloc(0)),
        content: Buffer.concat(bodies.map(({ payload }) => payload)),
        frames: frames.map(({ bytes }) => Buffer.from(bytes)),
      });
    }
  };
}
