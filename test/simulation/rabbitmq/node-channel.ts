import type { Frame } from '../../support/rabbitmq/amqp-frames.ts';
import type { ServerWorld } from '../world/world.ts';
import { AmqpFault } from './amqp-fault.ts';
import type { Broker } from './broker.ts';
import { createConfirms, type Fate } from './confirms.ts';
import type { Declaration } from './declaration.ts';
import { createMessageReader, type Message } from './message.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface NodeChannelDeps {
  readonly broker: Broker;
  readonly world: ServerWorld;
  readonly answer: (name: string, fields?: Fields, before?: readonly Buffer[]) => void;
  readonly isOpen: () => boolean;
  /** Whether the node of the channel was killed. */
  readonly isLost: () => boolean;
}

export interface NodeChannel {
  /** Handles a frame. @throws {AmqpFault} if the frame is not allowed */
  handle(frame: Frame): void;
}

export function createNodeChannel(deps: NodeChannelDeps): NodeChannel {
  const { broker, world, answer, isOpen, isLost } = deps;
  const confirms = createConfirms();
  let hasConfirms = false;
  let isConfirming = false;

  function confirmSoon(deliveryTag: number, fate: Fate): void {
    confirms.decide(deliveryTag, fate);
    if (!isConfirming) {
      isConfirming = true;
      world.after(world.random.between(0, 2), () => {
        isConfirming = false;
        for (const { fate: each, ...fields } of isOpen() && hasConfirms ? confirms.take() : []) {
          answer(each === 'ack' ? 'BasicAck' : 'BasicNack', fields);
        }
      });
    }
  }

  function sendBack({ exchange, routingKey, frames }: Message): void {
    const fields = { replyCode: 312, replyText: 'NO_ROUTE', exchange, routingKey };
    answer('BasicReturn', fields, frames);
  }

  const read = createMessageReader((message) => {
    const { length } = message.content;
    const { maxMessageBytes } = broker;
    if (length > maxMessageBytes) {
      const text = `message size ${length} is larger than configured max size ${maxMessageBytes}`;
      throw new AmqpFault(406, text);
    }
    const queues = broker.route(message.exchange, message.routingKey);
    const deliveryTag = confirms.next();
    if (queues.length === 0) {
      if (message.isMandatory) {
        sendBack(message);
      }
      confirmSoon(deliveryTag, 'ack');
    }
    let due = queues.length;
    let isRefused = false;
    const settle = () => {
      due -= 1;
      if (due === 0) {
        confirmSoon(deliveryTag, isRefused ? 'nack' : 'ack');
      }
    };
    for (const queue of queues) {
      queue.enqueue({
        message,
        onStored: settle,
        onRefused() {
          isRefused = true;
          settle();
        },
        isLost,
      });
    }
  });

  function declareQueue(fields: Fields): void {
    const name = String(fields.queue);
    const queue =
      fields.passive === true ? broker.findQueue(name) : broker.declareQueue(name, toDeclaration(fields));
    if (queue.state() === 'up') {
      answer('QueueDeclareOk', { queue: name, messageCount: queue.messages.length, consumerCount: 0 });
    }
  }

  function declareExchange(fields: Fields): void {
    const name = String(fields.exchange);
    if (fields.passive === true) {
      broker.findExchange(name);
    } else {
      broker.declareExchange(name, { ...toDeclaration(fields), type: String(fields.type) });
    }
    answer('ExchangeDeclareOk');
  }

  const methods: Readonly<Record<string, (fields: Fields) => void>> = {
    ConfirmSelect() {
      hasConfirms = true;
      answer('ConfirmSelectOk');
    },
    QueueDeclare: declareQueue,
    ExchangeDeclare: declareExchange,
  };

  return {
    handle(frame) {
      if (frame.name === 'BasicPublish') {
        if (broker.refusesWriting) {
          const name = String(frame.fields.exchange) || 'amq.default';
          const text = `write access to exchange '${name}' in vhost '${broker.virtualHost}' refused for user 'guest'`;
          throw new AmqpFault(403, text);
        }
        broker.route(String(frame.fields.exchange), '');
        read(frame);
      } else if (frame.name === 'content') {
        read(frame);
      } else {
        const method = methods[frame.name];
        if (method === undefined) {
          throw new AmqpFault(540, `the model has no ${frame.name}`, 'connection');
        }
        method(frame.fields);
      }
    },
  };
}

function toDeclaration({ durable, autoDelete, arguments: all }: Fields): Declaration {
  return {
    durable: durable === true,
    autoDelete: autoDelete === true,
    arguments: (all ?? {}) as Declaration['arguments'],
  };
}
