import type { ConfirmChannel, ConsumeMessage, Message, Options } from 'amqplib';
import type { ConnectionLifetime } from './connection-lifetime.ts';

/** An amqplib channel on which every call fails when the connection ends or a response is overdue. */
export type AmqpChannel = ReturnType<typeof createAmqpChannel>;

type Confirm = NonNullable<Parameters<ConfirmChannel['publish']>[4]>;

export function createAmqpChannel(channel: ConfirmChannel, { request, send }: ConnectionLifetime) {
  channel.on('error', () => {});

  return {
    checkQueue: (queue: string) => request(() => channel.checkQueue(queue)),
    checkExchange: (exchange: string) => request(() => channel.checkExchange(exchange)),
    assertQueue: (queue: string, options: Options.AssertQueue) =>
      request(() => channel.assertQueue(queue, options)),
    assertExchange: (exchange: string, type: string, options: Options.AssertExchange) =>
      request(() => channel.assertExchange(exchange, type, options)),
    prefetch: (count: number) => request(() => channel.prefetch(count)),
    consume: (queue: string, onMessage: (message: ConsumeMessage | null) => void) =>
      request(() => channel.consume(queue, onMessage)),
    get: (queue: string) => request(() => channel.get(queue)),
    cancel: (consumerTag: string) => request(() => channel.cancel(consumerTag)),
    close: () => request(() => channel.close()),
    ack: (message: Message) => send(() => channel.ack(message)),
    /**
     * Publishes a message.
     *
     * @throws {RabbitMqError} if the connection has ended; any other error means that AMQP cannot encode the message,
     * and nothing was sent
     */
    publish(
      exchange: string,
      routingKey: string,
      content: Buffer,
      options: Options.Publish,
      onConfirm: Confirm,
    ) {
      send(() => channel.publish(exchange, routingKey, content, options, onConfirm));
    },
    /** Calls the listener when the server closes the channel. */
    onError: (listener: (error: Error) => void) => void channel.on('error', listener),
    /** Calls the listener when a message was not routed to any queue. The confirm for that message follows. */
    onReturn: (listener: (message: Message) => void) => void channel.on('return', listener),
  };
}
