import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { deadlineIn } from '../../support/deadline-in.ts';
import { createRecord } from '../../support/kafka-sink.ts';
import { encodeFrame, encodeMethod } from '../../support/rabbitmq/amqp-frames.ts';
import { type Step, startAmqpServer } from '../../support/rabbitmq/amqp-server.ts';
import { runFaultRound } from '../../support/rabbitmq/fault-round.ts';
import { startTestSink } from '../../support/rabbitmq/rabbitmq-sink.ts';

const isConfirm = ({ name }: Step) => name === 'BasicAck';

type Fault = readonly [name: string, isHit: (step: Step) => boolean, fault: (step: Step) => void];

const insteadOfConfirm = (name: string, toBytes: (channel: number) => Buffer): Fault => [
  name,
  isConfirm,
  ({ socket, channel }) => socket.write(toBytes(channel)),
];

const faults: readonly Fault[] = [
  insteadOfConfirm('a frame of no known type', () => encodeFrame(77, 1, Buffer.alloc(8))),
  insteadOfConfirm('a frame without an end', () => encodeFrame(8, 0, Buffer.alloc(0), 0)),
  insteadOfConfirm('an empty method', () => encodeFrame(1, 1, Buffer.alloc(0))),
  insteadOfConfirm('a close that is cut short', () => encodeFrame(1, 0, Buffer.from([0, 10, 0, 50]))),
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
  const { sink } = await startTestSink({ url, topics: ['q'] });
  for (const padding of [0, 5_000, 500_000]) {
    expect(await sink.append([createRecord('q', 'a', padding)], deadlineIn(5_000))).toEqual([]);
  }
});

test('a server may skip its version', async () => {
  const { url } = await startAmqpServer({ serverProperties: {} });
  const { sink } = await startTestSink({ url, topics: ['q'] });
  expect(await sink.append([createRecord('q', 'a')], deadlineIn(5_000))).toEqual([]);
});
