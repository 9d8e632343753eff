import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connectTestProducer } from '../support/filter/test-producer.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';
import { fillTopic, toLatestStates } from './fill-topic.ts';
import { recipeDirectory } from './recipe-directory.ts';
import { type Recipe, startRecipe } from './start-recipe.ts';

interface Line {
  readonly entity: string;
  readonly revision?: string;
  readonly event: unknown;
}

test('the Node consumer passes on each event once, and no state that is behind', async () => {
  const { env, records } = await fillTopic(2_000, ['{"id":"without a revision","eventId":"once"}']);
  // What the provider does: events again, out of order. Every other one is not known by its id, but behind by its revision.
  const send = await connectTestProducer(env.KAFKA_BROKERS);
  await send(
    env.KAFKA_TOPIC,
    records.toReversed().map(({ key, value, headers, partition }, index) => {
      const isNew = index % 2 === 0 && headers.revision !== undefined;
      return { key, value, partition, headers: { ...headers, ...(isNew && { ce_id: randomUUID() }) } };
    }),
  );
  const recipe = startRecipe(process.execPath, [join(recipeDirectory, 'node/read-events.mjs')], {
    ...env,
    GROUP_ID: randomUUID(),
  });
  const latest = toLatestStates(records);
  const read = () => recipe.lines().map((line) => JSON.parse(line) as Line);
  const readLatest = () =>
    new Map(
      read().flatMap(({ entity, revision, event }) =>
        revision === undefined ? [] : [[entity, event] as const],
      ),
    );
  await expect
    .poll(readLatest)
    .toEqual(new Map([...latest].map(([key, { event }]) => [key, JSON.parse(event) as unknown])));

  const end = { key: 'end', value: '{}', headers: { ce_id: randomUUID(), ce_type: 'test.end' } };
  await send(
    env.KAFKA_TOPIC,
    Array.from({ length: 6 }, (_, partition) => ({
      ...end,
      partition,
      headers: { ...end.headers, ce_id: `${partition}` },
    })),
  );
  await expect.poll(() => read().filter(({ entity }) => entity === 'end').length).toBe(6);
  expect(
    read()
      .filter(({ revision }) => revision === undefined)
      .map(({ entity }) => entity),
  ).toEqual(['without a revision', ...Array.from({ length: 6 }, () => 'end')]);
  const known = new Map<string, bigint>();
  for (const { entity, revision } of read()) {
    if (revision !== undefined) {
      expect(BigInt(revision)).toBeGreaterThan(known.get(entity) ?? -1n);
      known.set(entity, BigInt(revision));
    }
  }
  recipe.child.kill('SIGTERM');
  const [code] = (await once(recipe.child, 'exit')) as [number];
  expect(code).toBe(0);
});

/** The recipe on a topic of its own with these keys and values. */
async function startOn(messages: readonly (readonly [key: string, value: string])[]): Promise<Recipe> {
  const bootstrap = await kafkaBrokers();
  const topic = `events-${randomUUID()}`;
  await createTopic(bootstrap, topic);
  const send = await connectTestProducer(bootstrap);
  const toHeaders = () => ({ ce_id: randomUUID(), ce_type: 'message.sent', revision: '1' });
  await send(
    topic,
    messages.map(([key, value]) => ({ key, value, headers: toHeaders() })),
  );
  return startRecipe(process.execPath, [join(recipeDirectory, 'node/read-events.mjs')], {
    ...{ KAFKA_BROKERS: bootstrap, KAFKA_TOPIC: topic, GROUP_ID: randomUUID() },
  });
}

test('the Node consumer does not pass over an event whose work fails', async () => {
  const recipe = await startOn([
    ['before', '{}'],
    ['broken', 'no JSON'],
    ['behind', '{}'],
  ]);
  // It comes again, and the work is tried again.
  await expect.poll(() => recipe.stderr().split('is not valid JSON').length).toBeGreaterThan(2);
  expect(recipe.lines().map((line) => (JSON.parse(line) as Line).entity)).toEqual(['before']);
});

test('the Node consumer ends quietly when nobody reads what it prints', async () => {
  const recipe = await startOn([['a', '{}']]);
  recipe.child.stdout?.destroy();
  const [code] = (await once(recipe.child, 'exit')) as [number];
  expect(code).toBe(0);
  expect(recipe.stderr()).not.toContain('EPIPE');
});

test.each(['node/read-events.mjs', 'redis/read-events.mjs', 'rabbitmq/read-events.mjs'])(
  '%s names no function that Node 20 does not have as an import',
  (file) => {
    const text = readFileSync(join(recipeDirectory, file), 'utf8');
    expect(text).not.toMatch(/^import .*(zstdDecompressSync|node:sqlite)/m);
  },
);
