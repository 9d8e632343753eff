import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { provideTool } from '../support/tools/provide-tool.ts';
import { fetchConnect } from './fetch-by-maven.ts';
import { fillTopic } from './fill-topic.ts';
import { recipeDirectory } from './recipe-directory.ts';
import { startRecipe } from './start-recipe.ts';

interface Row {
  readonly eventId: string;
  readonly name: string;
  readonly revision: number;
}

test('Kafka Connect writes a row for each event', async () => {
  const [{ env, records }, libs] = [await fillTopic(500), await fetchConnect()];
  const directory = temporaryDirectory();
  const file = join(directory, 'events.txt');
  const config = join(recipeDirectory, 'connect');
  const recipe = startRecipe(
    await provideTool('java'),
    [
      ...['-cp', `${libs}/*`, 'org.apache.kafka.connect.cli.ConnectStandalone'],
      ...[join(config, 'worker.properties'), join(config, 'file-sink.properties')],
    ],
    { ...env, SINK_FILE: file, CONNECT_OFFSETS_FILE: join(directory, 'offsets') },
  );
  const rows = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []);
  await expect
    .poll(() => [rows().length, recipe.child.exitCode, recipe.child.exitCode && recipe.lines()])
    .toEqual([records.length, null, null]);
  const toRow = (text: string) => {
    const { eventId, name, revision } = JSON.parse(text) as Row;
    return [`eventId=${eventId}`, `name=${name}`, `revision=${revision}`, `source=${env.KAFKA_TOPIC}`]
      .toSorted()
      .join();
  };
  const fields = (row: string) => row.slice(1, -1).split(', ').toSorted().join();
  expect(rows().map(fields).toSorted()).toEqual(records.map(({ value }) => toRow(String(value))).toSorted());
});
