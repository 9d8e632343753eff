import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { expect, onTestFinished, test } from 'vitest';
import { toJournalLine } from '../../src/stores/journal/journal-line.ts';
import { toEventRecord } from '../support/append-records.ts';
import { connectTestProducer } from '../support/filter/test-producer.ts';
import { provideGroupTool } from '../support/kafka/group-tool.ts';
import { createTopic, readEnds, withAdmin } from '../support/kafka/topics.ts';
import { freshTopicsEnv } from '../support/kafka-brokers.ts';
import { readShellBlocks } from '../support/shell-blocks.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { provideTool } from '../support/tools/provide-tool.ts';

const run = promisify(execFile);
const page = readFileSync(new URL('../../docs/consume/README.md', import.meta.url), 'utf8');
const blocks = readShellBlocks(page, '## Going back to a time');

/** Returns the first command on the page that starts with this program name. */
function readCommand(name: string): string {
  const block = blocks.find((each) => each.startsWith(name));
  if (block === undefined) {
    throw new Error(`the page has no command ${name}`);
  }
  return block;
}

const hourMs = 3_600_000;

test('a group on Kafka goes back to a time, and its member reads what was stored since then', async () => {
  const { KAFKA_BROKERS: bootstrap, KAFKA_TOPIC: topic } = await freshTopicsEnv();
  const group = `group-${topic}`;
  await createTopic(bootstrap, topic, { partitions: 3 });
  const send = await connectTestProducer(bootstrap);
  const wantedMs = Date.now() - 2 * hourMs;
  const messages = Array.from({ length: 60 }, (_, index) => ({
    key: `m-${index % 10}`,
    value: String(index),
    timestamp: String(wantedMs + (index - 25) * 60_000),
  }));
  await send(topic, messages);
  const ends = await readEnds(bootstrap, topic);
  const partitions = ends.map(({ partition, high: offset }) => ({ partition, offset }));
  await withAdmin(bootstrap, (admin) => admin.setOffsets({ groupId: group, topic, partitions }));

  const typed = readCommand('kafka-consumer-groups.sh')
    .replace('localhost:9092', bootstrap)
    .replace('my-consumer', group)
    .replace('comapi.events', topic)
    .replace(/--to-datetime \S+/, `--to-datetime ${new Date(wantedMs).toISOString().replace('Z', '')}`);
  const env = { PATH: await provideGroupTool() };
  const type = (command: string) => run('sh', ['-c', command], { env });
  const committed = () =>
    withAdmin(bootstrap, async (admin) => {
      const [answer] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
      return answer?.partitions.map(({ partition, offset }) => `${partition} ${offset}`).toSorted();
    });
  const before = await committed();
  const { stdout } = await type(typed);
  expect(stdout).toContain(group);
  expect(await committed()).toEqual(before);
  const { stdout: set } = await type(typed.replace('--dry-run', '--execute'));
  expect(set).toContain(group);

  const consumer = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING }).consumer({
    groupId: group,
  });
  onTestFinished(() => consumer.disconnect());
  await consumer.connect();
  await consumer.subscribe({ topic });
  const read: string[] = [];
  await consumer.run({ eachMessage: async ({ message }) => void read.push(String(message.value)) });
  await expect.poll(() => read.length, { timeout: 60_000 }).toBeGreaterThanOrEqual(35);
  const since = messages.slice(25).map(({ value }) => value);
  expect(new Set(read)).toEqual(new Set(since));
});

test('the lines of a journal are read again from a time, whatever segment they are in', async () => {
  const directory = temporaryDirectory();
  const journal = join(directory, 'data', 'journal');
  mkdirSync(journal, { recursive: true });
  const lineAt = (key: string, receivedAt: string, topic = 'comapi.events') => {
    const { headers, ...record } = toEventRecord(key, 1, 'message.sent', { topic, body: '"received-at"' });
    return toJournalLine({ ...record, headers: { ...headers, 'received-at': receivedAt } });
  };
  const first = [lineAt('early', '2026-11-27T05:59:59.999Z'), lineAt('at', '2026-11-27T06:00:00.000Z')];
  const second = [
    lineAt('dead', '2026-11-27T06:00:01.000Z', 'comapi.events.dead-letter'),
    lineAt('late', '2026-11-28T00:00:00.000Z'),
  ];
  writeFileSync(join(journal, '0000000001-aaaaaaaa.jsonl'), first.join(''));
  writeFileSync(join(journal, '0000000002-aaaaaaaa.jsonl'), second.join(''));

  const { stdout } = await run('sh', ['-c', readCommand('jq ')], {
    cwd: directory,
    env: { PATH: `${dirname(await provideTool('jq'))}:${process.env.PATH}` },
  });
  const lines = stdout.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).key)).toEqual(['at', 'late']);
  expect(JSON.parse(String(lines[0]))).toMatchObject({
    headers: { ce_id: 'e-at-1' },
    value: String(toEventRecord('at', 1, 'message.sent', { body: '"received-at"' }).value),
  });
});
