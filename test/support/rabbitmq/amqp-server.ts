import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { trackSockets } from '../close-server.ts';
import { createFrameReader, decodeProperties, encodeMethod, type Frame } from './amqp-frames.ts';

/** The response that the server is about to send to a frame from the client. */
export interface Step {
  /** Index of the response on this connection, starting at 0. */
  readonly index: number;
  /** Name of the last method in the response, such as `ChannelOpenOk`. */
  readonly name: string;
  readonly channel: number;
  readonly bytes: Buffer;
  readonly socket: Socket;
}

export interface AmqpServerOptions {
  /** Sends the response. A test may replace this function. */
  readonly onStep?: (step: Step) => void;
  /** Decides the outcome of a message. As in RabbitMQ, a returned message is also confirmed. */
  readonly onPublish?: (
    fields: Frame['fields'],
    properties: Readonly<Record<string, unknown>>,
  ) => 'ack' | 'nack' | 'return';
  readonly tune?: { readonly channelMax: number; readonly frameMax: number; readonly heartbeat: number };
  readonly serverProperties?: Readonly<Record<string, unknown>>;
  /** Number of messages that every queue reports. The server does not deliver messages. */
  readonly messageCount?: number;
}

type Answer = readonly [name: string, fields?: Readonly<Record<string, unknown>>];

/**
 * Starts a server that implements only the parts of RabbitMQ that a publisher and a queue check need. The server is
 * closed when the test ends.
 */
export async function startAmqpServer(options: AmqpServerOptions = {}) {
  const { onStep = ({ socket, bytes }) => void socket.write(bytes), onPublish = () => 'ack' } = options;
  const listener = createServer((socket) => {
    socket.setNoDelay(true);
    socket.on('error', () => {});
    let index = 0;
    serve(socket, (channel, before, [name, fields = {}]) => {
      onStep({
        ...{ index, name, channel, socket },
        bytes: Buffer.concat([...before, encodeMethod(name, channel, fields)]),
      });
      index += 1;
    });
  });

  function serve(
    socket: Socket,
    send: (channel: number, before: readonly Buffer[], answer: Answer) => void,
  ): void {
    /** Delivery tag of the last message in each channel. */
    const tags = new Map<number, number>();
    let published: Frame | undefined;
    let content: Buffer[] = [];
    let properties: Readonly<Record<string, unknown>> = {};
    let missing = 0;

    function takeContent({ channel, payload, bytes }: Frame): void {
      const isHeader = content.length === 0;
      content.push(bytes);
      missing = isHeader ? Number(payload.readBigUInt64BE(4)) : missing - payload.length;
      properties = isHeader ? decodeProperties(payload) : properties;
      if (missing > 0 || published === undefined) {
        return;
      }
      const deliveryTag = (tags.get(channel) ?? 0) + 1;
      tags.set(channel, deliveryTag);
      const fate = onPublish(published.fields, properties);
      const { exchange, routingKey } = published.fields;
      const reply = { replyCode: 312, replyText: 'NO_ROUTE', exchange, routingKey };
      send(
        channel,
        fate === 'return' ? [encodeMethod('BasicReturn', channel, reply), ...content] : [],
        fate === 'nack'
          ? ['BasicNack', { deliveryTag, multiple: false, requeue: false }]
          : ['BasicAck', { deliveryTag, multiple: false }],
      );
    }

    const read = createFrameReader((frame) => {
      const { name, channel, fields } = frame;
      if (name === 'ChannelOpen') {
        tags.delete(channel);
      } else if (name === 'BasicPublish') {
        published = frame;
        content = [];
      } else if (name === 'content') {
        takeContent(frame);
      }
      const answer = answers(options)[name]?.(fields);
      if (answer !== undefined) {
        send(channel, [], answer);
      }
    });
    socket.on('data', read);
  }

  const { count, cutAll } = trackSockets(listener);
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  onTestFinished(() => {
    listener.close();
    cutAll();
  });
  return {
    url: `amqp://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    get connectionCount() {
      return count();
    },
  };
}

function answers({
  serverProperties = { product: 'RabbitMQ', version: '4.0.5' },
  tune = { channelMax: 2047, frameMax: 131_072, heartbeat: 60 },
  messageCount = 0,
}: AmqpServerOptions): Readonly<Record<string, (fields: Frame['fields']) => Answer>> {
  const start = {
    ...{ versionMajor: 0, versionMinor: 9, serverProperties },
    ...{ mechanisms: Buffer.from('PLAIN'), locales: Buffer.from('en_US') },
  };
  return {
    header: () => ['ConnectionStart', start],
    ConnectionStartOk: () => ['ConnectionTune', tune],
    ConnectionOpen: () => ['ConnectionOpenOk', { knownHosts: '' }],
    ConnectionClose: () => ['ConnectionCloseOk'],
    ChannelOpen: () => ['ChannelOpenOk', { channelId: Buffer.alloc(0) }],
    ChannelClose: () => ['ChannelCloseOk'],
    ConfirmSelect: () => ['ConfirmSelectOk'],
    BasicQos: () => ['BasicQosOk'],
    BasicConsume: () => ['BasicConsumeOk', { consumerTag: 'c' }],
    BasicCancel: ({ consumerTag }) => ['BasicCancelOk', { consumerTag }],
    BasicGet: () => ['BasicGetEmpty', { clusterId: '' }],
    ExchangeDeclare: () => ['ExchangeDeclareOk'],
    QueueDeclare: ({ queue }) => ['QueueDeclareOk', { queue, messageCount, consumerCount: 0 }],
  };
}
