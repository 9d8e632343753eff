import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { connectTestProducer } from '../support/filter/test-producer.ts';
import { readCommitted } from '../support/kafka/read-topic.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { provideTool } from '../support/tools/provide-tool.ts';
import { buildJava } from './build-java.ts';
import { fetchConnect } from './fetch-by-maven.ts';
import { createLatestFeed, erasedKey, keptKey, keptLater } from './latest-feed.ts';
import { recipeCommands } from './recipe-commands.ts';
import { createRecipeDatabase } from './recipe-database.ts';
import { recipeDirectory } from './recipe-directory.ts';
import { nameRecipeGroup } from './recipe-group.ts';
import { startRecipe } from './start-recipe.ts';

test.for(Object.entries(recipeCommands))(
  '%s deletes the state of an entity at its tombstone, and skips a repeat after it',
  async ([, prepare], { skip }) => {
    const command = await prepare(skip);
    const feed = await createLatestFeed();
    const database = createRecipeDatabase();
    const group = nameRecipeGroup(feed.env.KAFKA_BROKERS, feed.env.KAFKA_TOPIC);
    const recipe = startRecipe(command.file, command.args, {
      ...{ ...feed.env, ...command.env, GROUP_ID: group.groupId, DATABASE: database.path },
    });
    const ends = await feed.readEnds();
    await expect
      .poll(async () => [await group.readOffsets(), recipe.child.exitCode && recipe.stderr()])
      .toEqual([ends, null]);
    expect(database.readEffects()).toEqual({
      counts: { 'message.sent': 2, 'message.delivered': 1, 'message.read': 1 },
      states: { [keptKey]: { revision: 2n, event: keptLater.value } },
    });
    expect(database.countDone()).toBe(4);
  },
);

test("CloudEvents' Java SDK: the program reports a tombstone, and continues", async () => {
  const [feed, { java, classPath }] = [await createLatestFeed(), await buildJava()];
  const env = { ...feed.env, GROUP_ID: randomUUID() };
  const recipe = startRecipe(java, ['-cp', classPath, 'consume.ReadCloudEvents'], env);
  const fields = () => recipe.lines().map((line) => line.split('\t'));
  await expect
    .poll(() => [fields().length, recipe.child.exitCode && recipe.stderr()], { timeout: 120_000 })
    .toEqual([6, null]);
  expect(fields()[3]).toEqual(['deleted', erasedKey]);
});

test('Kafka Streams deletes the state and the join of an entity at its tombstone', async () => {
  const [feed, { java, classPath }] = [await createLatestFeed(), await buildJava()];
  const { KAFKA_BROKERS: bootstrap, KAFKA_TOPIC: topic } = feed.env;
  const [orders, output] = [`${topic}.orders`, `${topic}.joined`];
  await createTopic(bootstrap, orders, { partitions: 1 });
  await createTopic(bootstrap, output, { partitions: 1 });
  const send = await connectTestProducer(bootstrap);
  await send(
    orders,
    [erasedKey, keptKey].map((key) => ({ key, value: '7', timestamp: '1' })),
  );
  const recipe = startRecipe(java, ['-cp', classPath, 'consume.LatestStates'], {
    ...feed.env,
    ...{ ORDERS_TOPIC: orders, OUTPUT_TOPIC: output, APPLICATION_ID: randomUUID() },
    STATE_DIR: join(temporaryDirectory(), 'state'),
  });
  const readJoined = async () => {
    const joined = await readCommitted({ bootstrap, topic: output }, 1);
    return new Map(joined.map(({ key, value }) => [String(key), value === null ? null : String(value)]));
  };
  const state = `{"order":7,"state":${keptLater.value}}`;
  const soon = { interval: 1_000, timeout: 120_000 };
  await expect.poll(async () => (await readJoined()).get(keptKey), soon).toBe(state);
  expect((await readJoined()).get(erasedKey) ?? null).toBeNull();
  expect(recipe.child.exitCode).toBeNull();
});

test('Kafka Connect skips a tombstone in a file, which cannot delete a row', async () => {
  const [feed, libs] = [await createLatestFeed(), await fetchConnect()];
  const directory = temporaryDirectory();
  const file = join(directory, 'events.txt');
  const config = join(recipeDirectory, 'connect');
  const recipe = startRecipe(
    await provideTool('java'),
    [
      ...['-cp', `${libs}/*`, 'org.apache.kafka.connect.cli.ConnectStandalone'],
      ...[join(config, 'worker.properties'), join(config, 'file-sink.properties')],
    ],
    { ...feed.env, SINK_FILE: file, CONNECT_OFFSETS_FILE: join(directory, 'offsets') },
  );
  const rows = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []);
  await expect
    .poll(() => [rows().at(-1), recipe.child.exitCode && recipe.lines()], { timeout: 120_000 })
    .toEqual([expect.stringContaining('eventId=kept-2'), null]);
  expect(rows().map((row) => /eventId=([\w-]+)/.exec(row)?.[1])).toEqual([
    ...['erased-1', 'kept-1', 'erased-2', 'erased-2', 'kept-2'],
  ]);
});

test('kcat shows a tombstone as NULL', async () => {
  const { env } = await createLatestFeed();
  const PATH = `${dirname(await provideTool('kcat'))}:${process.env.PATH ?? ''}`;
  const recipe = startRecipe('/bin/sh', [join(recipeDirectory, 'kcat/read-events.sh')], { ...env, PATH });
  await once(recipe.child, 'close');
  expect(recipe.lines()).toContain(`${erasedKey}\tNULL`);
});
