import type { ConfirmChannel, Message, Options } from 'amqplib';
import { describe, expect, test } from 'vitest';
import { publishBatch } from '../../../src/stores/rabbitmq/publish-batch.ts';
import { RabbitMqError } from '../../../src/stores/rabbitmq/rabbitmq-error.ts';

type Confirm = NonNullable<Parameters<ConfirmChannel['publish']>[4]>;

function createChannel(failing: Readonly<Record<string, Error>> = {}) {
  const sent: { content: Buffer; options: Options.Publish; confirm: Confirm }[] = [];
  return {
    sent,
    publish(
      _exchange: string,
      _key: string,
      content: Buffer,
      options: Options.Publish = {},
      confirm: Confirm = () => {},
    ) {
      const error = failing[content.toString()];
      if (error !== undefined) {
        throw error;
      }
      sent.push({ content, options, confirm });
      return true;
    },
  };
}

const toRecord = (text: string) => ({
  topic: 'q',
  key: 'k',
  value: Buffer.from(text),
  headers: { ce_id: text },
});

function start(texts: readonly string[], failing?: Readonly<Record<string, Error>>, maxMessageBytes = 10) {
  const channel = createChannel(failing);
  let progress = 0;
  const batch = publishBatch(texts.map(toRecord), {
    ...{ channel, target: { kind: 'queue', name: 'q' }, maxMessageBytes },
    onProgress: () => {
      progress += 1;
    },
  });
  const comeBack = (text: string, messageId = text) =>
    batch.returned({
      content: Buffer.from(text),
      fields: { routingKey: 'q' },
      properties: { messageId },
    } as unknown as Message);
  return { batch, sent: channel.sent, comeBack, progress: () => progress };
}

describe('publishBatch', () => {
  test('counts the confirm of each message, in any order', async () => {
    const { batch, sent, progress } = start(['a', 'b', 'c']);
    sent[2]?.confirm(null, {});
    sent[1]?.confirm(new Error('message nacked'), {});
    expect(progress()).toBe(2);
    sent[0]?.confirm(null, {});
    expect(await batch.outcomes).toEqual(['stored', 'nacked', 'stored']);
  });

  test('does not take a message for stored that came back, though it is confirmed', async () => {
    const { batch, sent, comeBack } = start(['a', 'b', 'b']);
    expect(comeBack('b')).toBe(true);
    for (const { confirm } of sent) {
      confirm(null, {});
    }
    expect(await batch.outcomes).toEqual(['stored', 'returned', 'stored']);
  });

  test('tells a message that was not sent, or came back before', () => {
    const { comeBack } = start(['a']);
    expect([comeBack('x'), comeBack('a', 'x'), comeBack('a'), comeBack('a')]).toEqual([
      false,
      false,
      true,
      false,
    ]);
  });

  test('leaves unknown what was not answered when the channel ends', async () => {
    const { batch, sent } = start(['a', 'b', 'c']);
    sent[1]?.confirm(null, {});
    sent[0]?.confirm(new Error('channel closed'), {});
    batch.end();
    sent[2]?.confirm(null, {});
    expect(await batch.outcomes).toEqual(['unknown', 'stored', 'unknown']);
  });

  test('does not send messages that RabbitMQ would reject, and sends their neighbours', async () => {
    const failing = {
      odd: new TypeError('no such field'),
      shut: new RabbitMqError('connection', 'Channel closed'),
    };
    const { batch, sent } = start(['exactly 10', 'more than 10', 'odd', 'shut'], failing);
    expect(sent).toHaveLength(1);
    sent[0]?.confirm(null, {});
    expect(await batch.outcomes).toEqual(['stored', 'too_large', 'not_a_message', 'unknown']);
    expect(await start(['more than 10']).batch.outcomes).toEqual(['too_large']);
  });
});
