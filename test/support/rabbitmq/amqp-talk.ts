import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createAnswerReader, encodeFrame, encodeMethod, encodePropertiesFrame } from './amqp-frames.ts';

type Fields = Readonly<Record<string, unknown>>;

/** One frame of a server, as far as two servers can be compared by it. */
export interface Said {
  readonly name: string;
  readonly channel: number;
  readonly fields: Fields;
}

interface TalkOptions {
  readonly port: number;
  readonly password?: string;
  readonly virtualHost?: string;
  /** How long a server that says nothing has nothing to say. */
  readonly quietMs?: number;
}

const clientProperties = {
  capabilities: {
    ...{ publisher_confirms: true, 'basic.nack': true, 'connection.blocked': true },
    authentication_failure_close: true,
  },
};

export type AmqpTalk = Awaited<ReturnType<typeof startAmqpTalk>>;

/** A client that says what it is told to, and writes down every frame that comes back. Opened as far as the server lets it. */
export async function startAmqpTalk({
  port,
  password = 'guest',
  virtualHost = '/',
  quietMs = 300,
}: TalkOptions) {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const said: Said[] = [];
  let lastAt = performance.now();
  socket.on('error', () => {});
  const read = createAnswerReader(({ name, channel, fields }) => {
    lastAt = performance.now();
    if (name !== 'heartbeat') {
      said.push({ name, channel, fields });
    }
  });
  socket.on('data', read);

  const talk = {
    said,
    send: (name: string, channel: number, fields?: Fields) =>
      void socket.write(encodeMethod(name, channel, fields)),
    publish(
      channel: number,
      { exchange = '', routingKey, content }: { exchange?: string; routingKey: string; content: Buffer },
    ) {
      socket.write(
        Buffer.concat([
          encodeMethod('BasicPublish', channel, { exchange, routingKey, mandatory: true }),
          encodePropertiesFrame(channel, content.length, { deliveryMode: 2 }),
          encodeFrame(3, channel, content),
        ]),
      );
    },
    /** Until the server has said nothing for a while. @param factor makes the while longer */
    async quiet(factor = 1) {
      lastAt = performance.now();
      while (!socket.closed && performance.now() - lastAt < factor * quietMs) {
        await delay(10);
      }
    },
    /** The server has ended the connection. */
    isEnded: () => socket.closed,
    end: () => void socket.destroy(),
  };

  socket.write('AMQP\0\0\u0009\u0001', 'latin1');
  await talk.quiet();
  talk.send('ConnectionStartOk', 0, {
    ...{ clientProperties, mechanism: 'PLAIN', locale: 'en_US' },
    response: Buffer.from(`\0guest\0${password}`),
  });
  await talk.quiet();
  if (said.at(-1)?.name === 'ConnectionTune') {
    talk.send('ConnectionTuneOk', 0, { channelMax: 100, frameMax: 131_072, heartbeat: 0 });
    talk.send('ConnectionOpen', 0, { virtualHost });
    await talk.quiet();
  }
  return talk;
}
