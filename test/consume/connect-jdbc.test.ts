import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { connectTestProducer } from '../support/filter/test-producer.ts';
import { readTopic, type StoredRecord } from '../support/kafka/read-topic.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { provideTool } from '../support/tools/provide-tool.ts';
import { fetchConnect, fetchJdbc } from './fetch-by-maven.ts';
import { fillTopic } from './fill-topic.ts';
import { recipeDirectory } from './recipe-directory.ts';
import { startPostgres } from './start-postgres.ts';
import { startRecipe } from './start-recipe.ts';

const run = promisify(execFile);
const config = join(recipeDirectory, 'connect');
const columns = '__connect_partition, __connect_offset, event_id, name, entity, revision, event';
const columnHeaders = ['ce_id', 'ce_type', 'ce_subject', 'revision'];
const withoutRevision = '{"eventId":"plain","name":"message.read","payload":{"messageId":"m"}}';

test('Kafka Connect writes each event to a table, skips a tombstone, and writes the same rows when it reads the topic again', async () => {
  const { env, records } = await fillTopic(500, [withoutRevision]);
  const key = 'erased';
  const [{ value, headers }] = records as [StoredRecord];
  const send = await connectTestProducer(env.KAFKA_BROKERS);
  await send(env.KAFKA_TOPIC, [
    { key, value: null, headers: { 'entity-revision': '1' } },
    { key, value, headers },
  ]);
  const events = (await readTopic({ bootstrap: env.KAFKA_BROKERS, topic: env.KAFKA_TOPIC })).filter(
    (record) => record.value !== null,
  );
  expect(events).toHaveLength(records.length + 1);
  const [java, libs, jdbc] = [await provideTool('java'), await fetchConnect(), await fetchJdbc()];
  const url = await startPostgres(jdbc);
  const sql = async (statement: string) => {
    const classPath = `${jdbc}/debezium-connector-jdbc/*`;
    const { stdout } = await run(java, [
      '-cp',
      classPath,
      join(import.meta.dirname, 'RunSql.java'),
      url,
      statement,
    ]);
    return stdout.split('\n').slice(0, -1);
  };
  const readRows = async () => (await sql(`SELECT concat_ws(E'\\t', ${columns}) FROM events`)).toSorted();

  const directory = temporaryDirectory();
  const startConnect = (rename: (properties: string) => string) => {
    const [worker, connector] = [
      join(directory, 'worker.properties'),
      join(directory, 'jdbc-sink.properties'),
    ];
    writeFileSync(worker, `${readFileSync(join(config, 'worker.properties'), 'utf8')}plugin.path=${jdbc}\n`);
    writeFileSync(connector, rename(readFileSync(join(config, 'jdbc-sink.properties'), 'utf8')));
    const args = ['-cp', `${libs}/*`, 'org.apache.kafka.connect.cli.ConnectStandalone', worker, connector];
    const database = { JDBC_URL: url, JDBC_USER: 'test', JDBC_PASSWORD: 'any' };
    return startRecipe(java, args, { ...env, ...database, CONNECT_OFFSETS_FILE: join(directory, 'offsets') });
  };
  const expected = events
    .map((event) =>
      [event.partition, event.offset, ...columnHeaders.map((name) => event.headers[name]), event.value]
        .filter((column) => column !== undefined)
        .join('\t'),
    )
    .toSorted();

  const first = startConnect((properties) => properties);
  const soon = { timeout: 120_000, interval: 3_000 };
  // The connector creates the table when it writes the first event.
  await expect.poll(() => readRows().catch(() => []), soon).toEqual(expected);
  first.child.kill('SIGKILL');
  await sql("UPDATE events SET event = 'changed'");
  // A different connector name means a different consumer group, which starts at the first event.
  startConnect((properties) => properties.replace('name=events-to-table', 'name=again'));
  await expect.poll(readRows, soon).toEqual(expected);
});
