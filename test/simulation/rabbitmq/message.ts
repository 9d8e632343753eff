import { decodeProperties, type Frame } from '../../support/rabbitmq/amqp-frames.ts';

/** A message as it was published. */
export interface Message {
  readonly exchange: string;
  readonly routingKey: string;
  readonly isMandatory: boolean;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly content: Buffer;
  /** Header and body, as they came: what is returned goes back in them. */
  readonly frames: readonly Buffer[];
}

/** Puts the frames of published messages together, for one channel. */
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
