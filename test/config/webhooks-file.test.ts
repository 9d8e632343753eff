import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readWebhooksFile, readWebhookTopics } from '../../src/config/webhooks-file.ts';
import type { ConfigProblem } from '../../src/runtime/config-error.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

const secret = 'a secret of enough characters';
const defaults = { topic: 'comapi.events', deadLetterTopic: 'comapi.events.dead-letter' };

function read(content: string) {
  const problems: ConfigProblem[] = [];
  const file = join(temporaryDirectory(), 'webhooks.json');
  writeFileSync(file, content);
  return { file, webhooks: readWebhooksFile(file, defaults, problems), problems };
}

describe('several registrations', () => {
  test('have their own path, secret and topics', () => {
    const { webhooks, problems } = read(
      JSON.stringify([
        { name: 'sms', path: '/sms', secret },
        { name: 'chat', path: '/in/chat', secret, topic: 'chat', deadLetterTopic: 'chat.dead' },
      ]),
    );
    expect(problems).toEqual([]);
    expect(webhooks).toMatchObject([
      { name: 'sms', path: '/sms', topic: 'comapi.events', deadLetterTopic: 'comapi.events.dead-letter' },
      { name: 'chat', path: '/in/chat', topic: 'chat', deadLetterTopic: 'chat.dead' },
    ]);
  });

  test.each([
    ['{', 'is not JSON.'],
    ['[]', 'names no registration.'],
    ['[{"name":"a","path":"/a"}]', 'the registration "a" needs either "secretsDir" or "secret".'],
    [`[{"name":"a","path":"/a","secret":"${secret}","port":1}]`, '0.port should be'],
    [`[{"name":"a b","path":"/a","secret":"${secret}"}]`, '0.name is not 1 to 63 of letters'],
    [`[{"name":"a","path":"a","secret":"${secret}"}]`, '0.path is not a path like /webhook'],
    ['[{"name":"a","path":"/a","secret":"short"}]', 'has 5 characters'],
    [
      `[{"name":"a","path":"/x","secret":"${secret}"},{"name":"b","path":"/x","secret":"${secret}"}]`,
      'has two registrations with the path "/x".',
    ],
    [
      `[{"name":"a","path":"/x","secret":"${secret}"},{"name":"a","path":"/y","secret":"${secret}"}]`,
      'has two registrations with the name "a".',
    ],
  ])('%s: %s', (content, message) => {
    expect(read(content).problems).toEqual([
      { variable: 'WEBHOOKS_FILE', message: expect.stringContaining(message) },
    ]);
  });
});

test('topics of their own are read without secrets', () => {
  const { file } = read(
    '[{"name":"a","path":"/a"},{"name":"b","path":"/b","topic":"b"},{"name":"c","path":"/c","deadLetterTopic":"c"}]',
  );
  const names = { events: 'e', deadLetter: 'd', latest: 'l' };
  const problems: ConfigProblem[] = [];
  expect(readWebhookTopics(file, names, problems)).toEqual([
    { webhook: 'b', events: 'b', deadLetter: 'd', latest: 'l' },
    { webhook: 'c', events: 'e', deadLetter: 'c', latest: 'l' },
  ]);
  expect(problems).toEqual([]);
});
