import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '../wait-until.ts';
import { createAnswerReader, encodeFrame, encodeMethod, encodePropertiesFrame } from './amqp-frames.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The parts of a server's frame that tests can compare. */
export interface Said {
  readonly name: string;
  readonly channel: number;
  readonly fields: Fields;
}

interface TalkOptions {
  readonly port: number;
  readonly password?: string;
  readonly virtualHost?: string;
  /** Time in milliseconds without frames after which a server counts as quiet. */
  readonly quietMs?: number;
}

const clientProperties = {
  capabilities: {
    ...{ publisher_confirms: true, 'basic.nack': true, 'connection.blocked': true },
    authentication_failure_close: true,
  },
};

export type AmqpTalk = Awaited<ReturnType<typeof startAmqpTalk>>;

/**
 * Creates a client that sends the given frames and records every received frame. The client opens the connection as far
 * as the server allows.
 */
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
  /** Number of received frames when the last wait ended. */
  let known = 0;
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
    /** Waits until the server is quiet. @param factor multiplies the quiet time */
    async quiet(factor = 1) {
      lastAt = performance.now();
      while (!socket.closed && performance.now() - lastAt < factor * quietMs) {
        await delay(10);
      }
      known = said.length;
    },
    /**
     * Waits for one of these frames since the last wait, and then until the server is quiet. A real server may take
     * longer than the quiet time before it responds. Throws after 20 s.
     * ¶ @param deliveryTag delivery tag of the expected confirm
     */
    async heard(names: readonly string[], deliveryTag?: number) {
      const isIt = ({ name, fields }: Said) =>
        names.includes(name) && (deliveryTag === undefined || Number(fields.deliveryTag) === deliveryTag);
      await waitUntil(async () => socket.closed || said.slice(known).some(isIt), {
        ...{ timeoutMs: 20_000, pollMs: 10, what: `the server says ${names.join(' or ')}` },
      });
      await talk.quiet();
    },
    /** Whether the server has closed the connection. */
    isEnded: () => socket.closed,
    end: () => void socket.destroy(),
  };

  socket.write('AMQP\0\0\u0009\u0001', 'latin1');
  await talk.heard(['ConnectionStart']);
  talk.send('ConnectionStartOk', 0, {
    ...{ clientProperties, mechanism: 'PLAIN', locale: 'en_US' },
    response: Buffer.from(`\0guest\0${password}`),
  });
  await talk.heard(['ConnectionTune', 'ConnectionClose']);
  if (said.at(-1)?.name === 'ConnectionTune') {
    talk.send('ConnectionTuneOk', 0, { channelMax: 100, frameMax: 131_072, heartbeat: 0 });
    talk.send('ConnectionOpen', 0, { virtualHost });
    await talk.heard(['ConnectionOpenOk', 'ConnectionClose']);
  }
  return talk;
}
