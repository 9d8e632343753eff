import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { buildGoProgram } from '../support/tools/go-programs.ts';
import { type FilledTopic, fillTopic } from './fill-topic.ts';
import { providePythonClient } from './provide-python-client.ts';
import { createRecipeDatabase, type RecipeDatabase } from './recipe-database.ts';
import { recipeDirectory } from './recipe-directory.ts';
import { createRecipeFeed, type RecipeFeed } from './recipe-feed.ts';
import { nameRecipeGroup, type RecipeGroup } from './recipe-group.ts';
import { type Recipe, startRecipe } from './start-recipe.ts';

interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** SIGTERM ends it without leaving the group. */
  readonly staysMember?: boolean;
}

const run = promisify(execFile);
const inRecipes = (file: string) => join(recipeDirectory, file);

const recipes: Readonly<Record<string, (skip: (note: string) => never) => Promise<Command>>> = {
  Node: async () => ({ file: process.execPath, args: [inRecipes('node/read-events.mjs')] }),
  Python: async () => ({
    file: 'python3',
    args: [inRecipes('python/read_events.py')],
    env: { PYTHONPATH: await providePythonClient() },
  }),
  Go: async () => ({ file: await buildGoProgram('consume-in-go', inRecipes('go')), args: [] }),
  PHP: async (skip) => {
    const hasClient = await run('php', ['-r', 'exit(extension_loaded("rdkafka") ? 0 : 1);']).catch(
      () => false,
    );
    // No registry of packages has it: it is compiled on the machine.
    return hasClient === false
      ? skip('PHP is not there, or has no extension rdkafka: docs/consume/README.md says how to get it')
      : {
          file: 'php',
          args: ['-d', 'display_errors=stderr', inRecipes('php/read-events.php')],
          staysMember: true,
        };
  },
};

/** Revisions that differ in their length, and in what no double holds; and none. */
const oddEvents = [
  ...['9', '10', '18446744073709551614', '18446744073709551615'].flatMap((revision) =>
    ['a', 'b'].map((id) => `{"id":"${id}","eventId":"test ${id} ${revision}","revision":${revision}}`),
  ),
  '{"id":"without","eventId":"test without a revision"}',
];

/** So many kills have to come between work and commit. */
const wantedKills = 3;
const mostRounds = 40;
const eventsARound = 60;

test.for(Object.entries(recipes))(
  '%s: through repeats, states that are behind and kills between work and commit, each event has its effect once',
  async ([, prepare], { skip }) => {
    const command = await prepare(skip);
    const feed = await createRecipeFeed(await recordsOfReceiver());
    const database = createRecipeDatabase();
    const group = nameRecipeGroup(feed.env.KAFKA_BROKERS, feed.env.KAFKA_TOPIC);
    const start = () =>
      startRecipe(command.file, command.args, {
        ...{ ...feed.env, ...command.env, GROUP_ID: group.groupId, DATABASE: database.path },
      });

    await feed.sendNext(eventsARound);
    const allowWork = database.refuseWork();
    const failing = start();
    await expect.poll(failing.stderr).toContain('work is refused');
    await kill(failing, group);
    expect(database.countDone()).toBe(0);
    allowWork();

    let kills = 0;
    for (let round = 1; kills < wantedKills; round += 1) {
      expect(round, 'rounds without a kill between work and commit').toBeLessThanOrEqual(mostRounds);
      await feed.sendNext(eventsARound);
      const recipe = start();
      await whenDone(database, database.countDone() + 1 + ((round * 7) % (eventsARound / 2)), recipe);
      await kill(recipe, group);
      kills += (await isWorkAhead(feed, database, group)) ? 1 : 0;
    }

    const members = [start(), start()];
    await expect
      .poll(group.describe)
      .toEqual({ state: 'Stable', members: [expect.any(String), expect.any(String)] });
    await expect.poll(group.readOffsets).toEqual(feed.ends());
    for (const { child } of members) {
      child.kill('SIGTERM');
      expect(await once(child, 'exit')).toEqual(command.staysMember ? [null, 'SIGTERM'] : [0, null]);
    }
    if (!command.staysMember) {
      expect(await group.describe()).toEqual({ state: 'Empty', members: [] });
    }
    expect(database.readEffects()).toEqual(feed.expectedEffects());
  },
);

let filled: Promise<FilledTopic> | undefined;

/** Once for all recipes. */
function recordsOfReceiver(): Promise<FilledTopic> {
  filled ??= fillTopic(500, oddEvents);
  return filled;
}

/** Asks without a pause: the time between work and commit is short. */
async function whenDone(database: RecipeDatabase, count: number, { child, stderr }: Recipe): Promise<void> {
  for (const end = Date.now() + 30_000; database.countDone() < count; await nextTurn()) {
    if (child.exitCode !== null || Date.now() > end) {
      throw new Error(`The program does not do its work: ${stderr()}`);
    }
  }
}

async function kill({ child }: Recipe, group: RecipeGroup): Promise<void> {
  if (child.exitCode === null && child.kill('SIGKILL')) {
    await once(child, 'exit');
  }
  await group.removeMembers();
}

/** Whether the database has work of which the group knows nothing. */
async function isWorkAhead(feed: RecipeFeed, database: RecipeDatabase, group: RecipeGroup): Promise<boolean> {
  const offsets = await group.readOffsets();
  const committed = feed.sent.filter(({ partition, offset }) => offset < (offsets.get(partition) ?? 0));
  const known = new Set(committed.map(({ headers }) => headers.ce_id));
  return database.readDone().some((id) => !known.has(id));
}
