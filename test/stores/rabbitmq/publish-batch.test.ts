import { type ConfirmChannel, IllegalOperationError, type Message, type Options } from 'amqplib';
import { describe, expect, test } from 'vitest';
import { publishBatch } from '../../../src/stores/rabbitmq/publish-batch.ts';

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

function start(texts: readonly string[], failing?: Readonly<Record<string, Error>>) {
  const channel = createChannel(failing);
  let progress = 0;
  const batch = publishBatch(texts.map(toRecord), {
    ...{ channel, target: { kind: 'queue', name: 'q' } },
    onProgress: () => {
      progress += 1;
    },
  });
  const comeBack = (text: string, messageId = text) =>
    batch.markReturned({
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
    comeBack('b');
    // The batch contains no message with the content `x`, and its message `a` has a different identifier.
    comeBack('x');
    comeBack('a', 'x');
    for (const { confirm } of sent) {
      confirm(null, {});
    }
    expect(await batch.outcomes).toEqual(['stored', 'returned', 'stored']);
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
      shut: new IllegalOperationError('Channel closed'),
    };
    const { batch, sent } = start(['good', 'odd', 'shut'], failing);
    expect(sent).toHaveLength(1);
    sent[0]?.confirm(null, {});
    expect(await batch.outcomes).toEqual(['stored', 'not_a_message', 'unknown']);
    expect(await start(['odd'], failing).batch.outcomes).toEqual(['not_a_message']);
  });
});
