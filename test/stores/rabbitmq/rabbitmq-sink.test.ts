import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { deadlineIn } from '../../support/deadline-in.ts';
import { inVirtualTime } from '../../support/in-virtual-time.ts';
import { createRecord } from '../../support/kafka-sink.ts';
import { encodeMethod } from '../../support/rabbitmq/amqp-frames.ts';
import { type Step, startAmqpServer } from '../../support/rabbitmq/amqp-server.ts';
import { shortSettings } from '../../support/rabbitmq/fault-round.ts';
import { startTestSink } from '../../support/rabbitmq/rabbitmq-sink.ts';
import { waitUntil } from '../../support/wait-until.ts';

const { confirmTimeoutMs, circuit } = shortSettings;
const alarm = encodeMethod('ConnectionBlocked', 0, { reason: 'low on disk' });
const allClear = encodeMethod('ConnectionUnblocked', 0);

/** Starts a sink on a server. The test decides what the server does instead of sending a confirm. */
async function start(treat: (confirm: Step, index: number) => void, openAfterMs = circuit.openAfterMs) {
  let confirms = 0;
  let channels = 0;
  const { url } = await startAmqpServer({
    onStep(step) {
      channels += step.name === 'ConfirmSelectOk' ? 1 : 0;
      if (step.name === 'BasicAck') {
        treat(step, confirms);
        confirms += 1;
      } else {
        step.socket.write(step.bytes);
      }
    },
  });
  const settings = { ...shortSettings, circuit: { ...circuit, openAfterMs }, durabilityCheckMs: 3_600_000 };
  const { sink, log } = await startTestSink({ url, topics: ['q'], settings });
  const opened = channels;
  const records = (count: number) => Array.from({ length: count }, () => createRecord('q', 'a'));
  return {
    ...{ sink, log, reopened: () => channels > opened },
    append: (count = 1) => sink.append(records(count), deadlineIn(5_000)),
  };
}

test('confirms that come one by one, each in time, are waited for', () =>
  inVirtualTime(async () => {
    const { sink, append, reopened } = await start(({ socket, bytes }, index) => {
      setTimeout(() => socket.write(bytes), (index + 1) * confirmTimeoutMs * 0.7);
    });
    expect(await append(5)).toEqual([]);
    expect(reopened()).toBe(false);
    await sink.close();
  }));

test('a server that confirms nothing is left in time, and records are taken by the next connection', () =>
  inVirtualTime(async () => {
    const { sink, append, reopened } = await start(({ socket, bytes }, index) => {
      if (index > 0) {
        socket.write(bytes);
      }
    });
    expect(await append()).toEqual([]);
    expect(reopened()).toBe(true);
    await sink.close();
  }));

test('an alarm costs a wait; a server that is silent after it is left in time', () =>
  inVirtualTime(async () => {
    const { sink, append, reopened } = await start(({ socket, bytes }, index) => {
      socket.write(index > 0 ? bytes : alarm);
      if (index === 0) {
        setTimeout(() => socket.write(allClear), 4 * confirmTimeoutMs);
      }
    }, 10_000);
    const appended = append();
    await delay(3 * confirmTimeoutMs);
    expect(reopened()).toBe(false);
    expect(await appended).toEqual([]);
    expect(reopened()).toBe(true);
    await sink.close();
  }));

test('an alarm that passes soon refuses nothing, then or later', () =>
  inVirtualTime(async () => {
    const { sink, append } = await start(({ socket, bytes }, index) => {
      if (index > 0) {
        socket.write(bytes);
      } else {
        socket.write(alarm);
        setTimeout(() => socket.write(Buffer.concat([allClear, bytes])), circuit.openAfterMs / 2);
      }
    });
    expect(await append()).toEqual([]);
    await delay(2 * circuit.openAfterMs);
    expect(sink.health().up).toBe(true);
    expect(await append()).toEqual([]);
    await sink.close();
  }));

test('an alarm that lasts refuses deliveries with its words, and ends with its connection', () =>
  inVirtualTime(async () => {
    const { sink, append, log } = await start(({ socket, bytes }, index) => {
      socket.write(index > 0 ? bytes : alarm);
      if (index === 0) {
        setTimeout(() => socket.destroy(), 4 * circuit.openAfterMs);
      }
    });
    await expect(append()).rejects.toThrow('low on disk');
    expect(sink.health()).toMatchObject({ up: false, detail: expect.stringContaining('low on disk') });
    await expect(append()).rejects.toThrow();
    await waitUntil(async () => (await append()).length === 0, { timeoutMs: 30_000, what: 'it is taken' });
    expect(
      log.lines.filter(({ level }) => level !== 'debug' && level !== 'info').map(({ msg }) => msg),
    ).toEqual([
      'rabbitmq has blocked the connection',
      'RabbitMQ has blocked publishing to the queue q: low on disk',
      expect.stringMatching(/^rabbitmq did not confirm messages: /),
    ]);
    await sink.close();
  }));
