import type { AmqpTalk, Said } from '../../../support/rabbitmq/amqp-talk.ts';

/** Actions that affect the server itself, as opposed to the data that is sent to the server. */
export interface ServerUnderScript {
  talk(options?: { password?: string; virtualHost?: string }): Promise<AmqpTalk>;
  setAlarm(isOn: boolean): Promise<void>;
  setWriting(isAllowed: boolean): Promise<void>;
  /** Shuts the server down gracefully and restarts it. */
  restart(): Promise<void>;
  /** Kills the server without closing its connections, and restarts it. */
  kill(): Promise<void>;
}

/** Sends commands to a server, and returns the responses for comparison. */
export type Script = (server: ServerUnderScript) => Promise<unknown>;

export const quorum = { 'x-queue-type': 'quorum' };
export const hello = Buffer.from('hello');
const durable = { durable: true, autoDelete: false };

export async function openChannel(server: ServerUnderScript): Promise<AmqpTalk> {
  const talk = await server.talk();
  talk.send('ChannelOpen', 1);
  talk.send('ConfirmSelect', 1);
  await talk.heard(['ConfirmSelectOk']);
  return talk;
}

export async function countMessages(server: ServerUnderScript, queue: string): Promise<unknown> {
  const talk = await server.talk();
  talk.send('ChannelOpen', 1);
  talk.send('QueueDeclare', 1, { queue, passive: true });
  await talk.heard(['QueueDeclareOk', 'ChannelClose']);
  talk.end();
  return talk.said.at(-1)?.fields.messageCount;
}

/**
 * The received frames in order. A confirm for multiple messages is split into single confirms, because a server may
 * combine confirms in any way.
 */
export function gatherConfirms(said: readonly Said[]): unknown {
  const others: Said[] = [];
  const confirmed: string[][] = [[]];
  let last = 0;
  for (const frame of said) {
    const { name, fields } = frame;
    if (name === 'ChannelOpenOk') {
      confirmed.push([]);
      last = 0;
    }
    if (name === 'BasicAck' || name === 'BasicNack') {
      const tag = Number(fields.deliveryTag);
      const first = fields.multiple === true ? last + 1 : tag;
      for (let each = first; each <= tag; each += 1) {
        confirmed.at(-1)?.push(`${each} ${name}`);
      }
      last = Math.max(last, fields.multiple === true ? tag : 0);
    } else {
      others.push(frame);
    }
  }
  return [others, confirmed.map((each) => [...new Set(each)].toSorted())];
}

/** Declares the queues one after the other, each on a separate channel. */
export async function declareEach(
  server: ServerUnderScript,
  name: string,
  fields: readonly object[],
): Promise<unknown> {
  const talk = await server.talk();
  for (const [index, each] of fields.entries()) {
    talk.send('ChannelOpen', index + 1);
    talk.send(name, index + 1, { ...durable, ...each });
    await talk.heard([`${name}Ok`, 'ChannelClose', 'ConnectionClose']);
  }
  talk.end();
  return talk.said;
}
