import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { deleteTopic } from '../support/kafka/topics.ts';
import { readShellBlocks } from '../support/shell-blocks.ts';
import { baseValues, newTopics, postToPod, secret, signingSecret, storedEvent } from './support/deploy.ts';
import { useNamespace } from './support/namespace.ts';

const root = new URL('../..', import.meta.url).pathname;
const page = readFileSync(join(root, 'docs/rebuild.md'), 'utf8');
const [rebuild] = readShellBlocks(page, '## Steps') as [string];
const [check] = readShellBlocks(page, '## Checks') as [string];
const namespace = useNamespace('rebuild');
const topics = newTopics();
/** Working directory of an operator: a checkout, and the files that were backed up elsewhere. */
const directory = mkdtempSync(join(tmpdir(), 'rebuild-'));

beforeAll(async () => {
  symlinkSync(join(root, 'charts'), join(directory, 'charts'));
  writeFileSync(join(directory, 'values.yaml'), JSON.stringify(baseValues(topics)));
  writeFileSync(join(directory, 'secrets.yaml'), JSON.stringify(signingSecret({ current: secret })));
});
afterAll(() => rmSync(directory, { recursive: true }));

test('a release whose namespace and topics are gone stands again by the lines of the page', async () => {
  await namespace.kubectl('delete', 'namespace', namespace.name, '--wait');
  expect(await type(rebuild)).toMatch(/STATUS: deployed/);
  const before = await postToPod(namespace, 'events');
  await storedEvent(topics.topic, before);

  await namespace.kubectl('delete', 'namespace', namespace.name, '--wait');
  for (const topic of [topics.topic, topics.deadLetterTopic]) {
    await deleteTopic(inject('kafkaBootstrap'), topic);
  }
  expect(await type(rebuild)).toMatch(/STATUS: deployed/);
  const after = await postToPod(namespace, 'events');
  await storedEvent(topics.topic, after);
  // Topics on a single broker can lose records, so the check reports this risk.
  const said = await type(check.replace('comapi-webhook check', 'comapi-webhook check || true'));
  expect(said).toContain('200 {"accepted":1,"deadLettered":0}');
  expect(said).toMatch(/replica/);
  expect(said).toContain('message.delivered');
});

async function type(lines: string): Promise<string> {
  const script = lines.replaceAll('messaging', namespace.name);
  const options = { cwd: directory, timeout: 200_000 };
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], options);
  return stdout;
}
