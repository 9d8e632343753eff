import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { deadlineIn } from '../../support/deadline-in.ts';
import { createRecord } from '../../support/kafka-sink.ts';
import { encodeContentHeader, encodeFrame, encodeMethod } from '../../support/rabbitmq/amqp-frames.ts';
import { type Step, startAmqpServer } from '../../support/rabbitmq/amqp-server.ts';
import { runFaultRound, runRealRound, shortSettings } from '../../support/rabbitmq/fault-round.ts';
import { startTestSink } from '../../support/rabbitmq/rabbitmq-sink.ts';

/** Writes for as long as the client reads, at most 256 MiB: more than it may keep. */
function flood({ socket }: Step, start: Buffer, piece: Buffer): void {
  let left = 256 * 1024 * 1024;
  const push = () => {
    while (left > 0 && !socket.destroyed) {
      left -= piece.length;
      if (!socket.write(piece)) {
        return;
      }
    }
  };
  socket.on('drain', push);
  socket.write(start);
  push();
}

const ack = (channel: number, deliveryTag: number, multiple: boolean) =>
  encodeMethod('BasicAck', channel, { deliveryTag, multiple });
const returned = (channel: number) =>
  encodeMethod('BasicReturn', channel, { replyCode: 312, replyText: '', exchange: '', routingKey: 'q' });

const bigFrame = Buffer.from([1, 0, 0, 0xff, 0xff, 0xff, 0xff]);
const isConfirm = ({ name }: Step) => name === 'BasicAck';

type Fault = readonly [name: string, isHit: (step: Step) => boolean, fault: (step: Step) => void];

const insteadOfConfirm = (name: string, toBytes: (channel: number) => Buffer): Fault => [
  name,
  isConfirm,
  ({ socket, channel }) => socket.write(toBytes(channel)),
];

/** More than a socket holds. */
const floods: readonly Fault[] = [
  ...['ConnectionStart', 'ConnectionTune', 'ConnectionOpenOk', 'ChannelOpenOk', 'BasicAck'].map(
    (at): Fault => [
      `a frame of 4 GiB instead of ${at}`,
      ({ name }) => name === at,
      (step) => flood(step, bigFrame, Buffer.alloc(65_536)),
    ],
  ),
  ...[2n ** 26n + 1n, 2n ** 62n, 2n ** 64n - 1n].map(
    (size): Fault => [
      `a message of ${size} bytes that comes back`,
      isConfirm,
      (step) =>
        flood(
          step,
          Buffer.concat([returned(step.channel), encodeContentHeader(step.channel, size)]),
          encodeFrame(3, step.channel, Buffer.alloc(131_064)),
        ),
    ],
  ),
];

test.for(floods)('%s costs a connection, and no memory', async ([, isHit, fault]) => {
  let highest = 0;
  const before = process.memoryUsage().rss;
  const timer = setInterval(() => {
    highest = Math.max(highest, process.memoryUsage().rss);
  }, 5);
  try {
    await runRealRound({ isHit, fault });
  } finally {
    clearInterval(timer);
  }
  expect((highest - before) / 1024 / 1024).toBeLessThan(128);
});

const faults: readonly Fault[] = [
  ...[0, 2, 1_000, 2 ** 31, 2 ** 32 - 2, 2 ** 32, 2 ** 53].flatMap((tag) =>
    [false, true].map((multiple) =>
      insteadOfConfirm(`a confirm of message ${tag}${multiple ? ' and all before' : ''}`, (channel) =>
        ack(channel, tag, multiple),
      ),
    ),
  ),
  insteadOfConfirm('a frame on a channel that is not open', () => ack(60_000, 1, false)),
  insteadOfConfirm('a method that does not exist', () => encodeFrame(1, 1, Buffer.alloc(8, 0xff))),
  insteadOfConfirm('a frame of no known type', () => encodeFrame(77, 1, Buffer.alloc(8))),
  insteadOfConfirm('a frame without an end', () => encodeFrame(8, 0, Buffer.alloc(0), 0)),
  insteadOfConfirm('an empty method', () => encodeFrame(1, 1, Buffer.alloc(0))),
  insteadOfConfirm('an empty header', () => encodeFrame(2, 1, Buffer.alloc(0))),
  insteadOfConfirm('a close that is cut short', () => encodeFrame(1, 0, Buffer.from([0, 10, 0, 50]))),
  insteadOfConfirm('a body that belongs to nothing', (channel) => encodeFrame(3, channel, Buffer.alloc(9))),
  insteadOfConfirm('an answer to no question', (channel) => encodeMethod('ChannelCloseOk', channel)),
  [
    'an open-ok that is long, and an error with its last bytes',
    ({ name }) => name === 'ConnectionOpenOk',
    async ({ socket }) => {
      const long = encodeFrame(1, 0, Buffer.concat([Buffer.from([0, 10, 0, 41]), Buffer.alloc(2_000)]));
      const error = { replyCode: 541, replyText: 'CUT', classId: 0, methodId: 0 };
      socket.write(long.subarray(0, 1_000));
      await delay(50);
      socket.write(Buffer.concat([long.subarray(1_000), encodeMethod('ConnectionClose', 0, error)]));
    },
  ],
  [
    'another protocol',
    ({ index }) => index === 0,
    ({ socket }) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
  ],
  [
    'a frameMax below the least',
    ({ index }) => index === 1,
    ({ socket }) =>
      socket.write(encodeMethod('ConnectionTune', 0, { channelMax: 0, frameMax: 1, heartbeat: 0 })),
  ],
];

test.for(faults)('%s costs a connection', ([, isHit, fault]) => runFaultRound({ isHit, fault }));

test.for([
  { channelMax: 1, frameMax: 4_096, heartbeat: 1 },
  { channelMax: 0, frameMax: 0, heartbeat: 0 },
  { channelMax: 65_535, frameMax: 2 ** 32 - 1, heartbeat: 65_535 },
])('records go through a connection tuned to %j', async (tune) => {
  const { url } = await startAmqpServer({ tune });
  const { sink } = await startTestSink({ url, topics: ['q'], settings: shortSettings });
  for (const padding of [0, 5_000, 500_000]) {
    expect(await sink.append([createRecord('q', 'a', padding)], deadlineIn(5_000))).toEqual([]);
  }
});

test.for([
  ['nothing', {}],
  ['a table', { version: { a: 1 } }],
  ['bytes', { version: Buffer.alloc(60_000, 'x'), product: null }],
] as const)('a server may call its version %s', async ([, serverProperties]) => {
  const { url } = await startAmqpServer({ serverProperties });
  const { sink } = await startTestSink({ url, topics: ['q'], settings: shortSettings });
  expect(await sink.append([createRecord('q', 'a')], deadlineIn(5_000))).toEqual([]);
});
