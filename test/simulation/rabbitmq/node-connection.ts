import type { Duplex } from 'node:stream';
import {
  createFrameReader,
  encodeFrame,
  encodeMethod,
  type Frame,
} from '../../support/rabbitmq/amqp-frames.ts';
import type { ServerWorld } from '../world/world.ts';
import { AmqpFault, toCloseFields } from './amqp-fault.ts';
import { type AnswerFields, answerOpening } from './answer-opening.ts';
import type { Broker } from './broker.ts';
import { startHeartbeats } from './heartbeats.ts';
import { createNodeChannel, type NodeChannel } from './node-channel.ts';
import { createOutput } from './output.ts';
import { type Line, meddle, type Trouble } from './trouble.ts';

export interface NodeConnectionDeps {
  readonly broker: Broker;
  readonly world: ServerWorld;
  readonly name: string;
  /** Chooses a fault for a response. `undefined` means that the response is sent correctly. */
  readonly chooseTrouble: (answer: string) => Trouble | undefined;
}

const noMethod = Buffer.alloc(4);
/** Maximum time for which a node waits for the client's response to a close. */
const closingMs = 10_000;
const closedMs = 1_000;

/** Serves one connection of a client from its first byte on. */
export function serveConnection(socket: Duplex, deps: NodeConnectionDeps) {
  const { broker, world } = deps;
  const output = createOutput(socket, world);
  const channels = new Map<number, NodeChannel | 'closing'>();
  /** Frames that were read but not handled yet. No frame is handled while the connection is blocked. */
  const frames: Frame[] = [];
  let state: 'opening' | 'open' | 'closing' | 'closed' = 'opening';
  let wasKilled = false;
  let isBlocked = false;

  const line: Line = {
    ...output,
    closeChannel: (channel) => closeChannel(channel, new AmqpFault(504, 'closed by the model'), noMethod),
    closeConnection: () => closeConnection(new AmqpFault(541, 'closed by the model'), noMethod),
    frame: encodeFrame,
  };

  function closeChannel(channel: number, fault: AmqpFault, method: Buffer): Buffer {
    channels.set(channel, 'closing');
    return encodeMethod('ChannelClose', channel, toCloseFields(fault, method));
  }

  function closeConnection(fault: AmqpFault, method: Buffer): Buffer {
    state = 'closing';
    world.after(closingMs, output.destroy);
    return encodeMethod('ConnectionClose', 0, toCloseFields(fault, method));
  }

  function answer(channel: number, name: string, fields: AnswerFields = {}, after: readonly Buffer[] = []) {
    const bytes = Buffer.concat([encodeMethod(name, channel, fields), ...after]);
    const trouble = deps.chooseTrouble(name);
    if (trouble === undefined) {
      output.write(bytes);
    } else {
      world.note(deps.name, `${trouble} instead of ${name} on channel ${channel}`);
      meddle(trouble, { name, channel, bytes }, line);
    }
  }

  function refuse(fault: unknown, { channel, payload, name }: Frame): void {
    if (!(fault instanceof AmqpFault)) {
      throw fault;
    }
    const method =
      state === 'opening' && name === 'ConnectionStartOk'
        ? noMethod
        : name === 'content'
          ? Buffer.from([0, 60, 0, 40])
          : payload;
    output.write(
      fault.scope === 'channel' ? closeChannel(channel, fault, method) : closeConnection(fault, method),
    );
  }

  function serve(frame: Frame): void {
    const { name, channel, fields } = frame;
    if (name === 'ConnectionCloseOk') {
      output.end();
    } else if (name === 'ConnectionClose') {
      answer(0, 'ConnectionCloseOk');
      state = 'closed';
      // Normally, the client closes the connection first.
      world.after(closedMs, output.destroy);
    } else if (state === 'opening') {
      const opening = answerOpening(frame, broker);
      if (name === 'ConnectionTuneOk') {
        startHeartbeats(Number(fields.heartbeat), { world, output, socket, isPaused: () => isBlocked });
      } else if (opening !== undefined) {
        state = name === 'ConnectionOpen' ? 'open' : 'opening';
        answer(0, ...opening);
      }
    } else if (state === 'open' && name !== 'heartbeat') {
      serveChannel(frame, channel);
    }
  }

  function serveChannel(frame: Frame, number: number): void {
    const channel = channels.get(number);
    if (channel === 'closing') {
      // If the client and the node close the connection at the same time, the node responds to the client's close. The
      // client's response to the node's close still arrives.
      if (frame.name === 'ChannelClose') {
        output.write(encodeMethod('ChannelCloseOk', number));
      } else if (frame.name === 'ChannelCloseOk') {
        channels.delete(number);
      }
    } else if (frame.name === 'ChannelOpen') {
      openChannel(number);
    } else if (channel === undefined) {
      throw new AmqpFault(504, "expected 'channel.open'", 'connection');
    } else if (frame.name === 'ChannelClose') {
      channels.delete(number);
      answer(number, 'ChannelCloseOk');
    } else {
      channel.handle(frame);
    }
  }

  function openChannel(number: number): void {
    if (channels.has(number)) {
      throw new AmqpFault(504, "second 'channel.open' seen", 'connection');
    }
    const channel: NodeChannel = createNodeChannel({
      ...{ broker, world },
      answer: (...args) => answer(number, ...args),
      isOpen: () => state === 'open' && !socket.destroyed && channels.get(number) === channel,
      isLost: () => wasKilled,
    });
    channels.set(number, channel);
    answer(number, 'ChannelOpenOk', { channelId: Buffer.alloc(0) });
  }

  function readOn(): void {
    for (let frame = frames[0]; frame !== undefined && !isBlocked; frame = frames[0]) {
      if (frame.name === 'BasicPublish' && state === 'open' && broker.alarm() !== undefined) {
        // RabbitMQ notifies only publishers, and then stops reading from their connections.
        isBlocked = true;
        output.write(encodeMethod('ConnectionBlocked', 0, { reason: broker.alarm() }));
        return;
      }
      frames.shift();
      try {
        serve(frame);
      } catch (fault) {
        refuse(fault, frame);
      }
    }
  }

  const stopListening = broker.onAlarm(() => {
    if (isBlocked && broker.alarm() === undefined) {
      isBlocked = false;
      output.write(encodeMethod('ConnectionUnblocked', 0, {}));
      readOn();
    }
  });
  const read = createFrameReader((frame) => frames.push(frame));
  socket.on('data', (chunk: Buffer) => {
    read(chunk);
    readOn();
  });
  socket.on('error', () => {});
  socket.on('end', output.end);
  socket.on('close', stopListening);

  return {
    /** Closes the connection with a close method. */
    close(fault: AmqpFault) {
      output.write(closeConnection(fault, noMethod));
    },
    /** Ends the connection without a notification. Messages that were already accepted may be stored. */
    kill() {
      wasKilled = true;
      socket.destroy();
    },
  };
}
