import type { ConfirmChannel, ConsumeMessage, Message, Options } from 'amqplib';
import type { ConnectionLife } from './connection-life.ts';

/** The channel of amqplib, with every wait bounded by the connection's life. */
export type AmqpChannel = ReturnType<typeof createAmqpChannel>;

type Confirm = NonNullable<Parameters<ConfirmChannel['publish']>[4]>;

export function createAmqpChannel(channel: ConfirmChannel, { ask, tell }: ConnectionLife) {
  channel.on('error', () => {});

  return {
    checkQueue: (queue: string) => ask(() => channel.checkQueue(queue)),
    checkExchange: (exchange: string) => ask(() => channel.checkExchange(exchange)),
    assertQueue: (queue: string, options: Options.AssertQueue) =>
      ask(() => channel.assertQueue(queue, options)),
    assertExchange: (exchange: string, type: string, options: Options.AssertExchange) =>
      ask(() => channel.assertExchange(exchange, type, options)),
    prefetch: (count: number) => ask(() => channel.prefetch(count)),
    consume: (queue: string, onMessage: (message: ConsumeMessage | null) => void) =>
      ask(() => channel.consume(queue, onMessage)),
    get: (queue: string) => ask(() => channel.get(queue)),
    cancel: (consumerTag: string) => ask(() => channel.cancel(consumerTag)),
    close: () => ask(() => channel.close()),
    ack: (message: Message) => tell(() => channel.ack(message)),
    /** @throws {RabbitMqError} when the connection has ended; otherwise at what AMQP cannot express, with nothing written */
    publish(
      exchange: string,
      routingKey: string,
      content: Buffer,
      options: Options.Publish,
      onConfirm: Confirm,
    ) {
      tell(() => channel.publish(exchange, routingKey, content, options, onConfirm));
    },
    /** The server has closed the channel. */
    onError: (listener: (error: Error) => void) => void channel.on('error', listener),
    /** A message was routed to no queue. Its confirm comes after it. */
    onReturn: (listener: (message: Message) => void) => void channel.on('return', listener),
  };
}
