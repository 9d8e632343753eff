import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type FilledTopic, fillTopic } from './fill-topic.ts';
import { recipeCommands } from './recipe-commands.ts';
import { createRecipeDatabase, type RecipeDatabase } from './recipe-database.ts';
import { createRecipeFeed, type RecipeFeed } from './recipe-feed.ts';
import { nameRecipeGroup, type RecipeGroup } from './recipe-group.ts';
import { type Recipe, startRecipe } from './start-recipe.ts';

/**
 * Events with revisions of different lengths, with revisions that a double cannot represent, and without a revision.
 */
const oddEvents = [
  ...['9', '10', '18446744073709551614', '18446744073709551615'].flatMap((revision) =>
    ['a', 'b'].map((id) => `{"id":"${id}","eventId":"test ${id} ${revision}","revision":${revision}}`),
  ),
  '{"id":"without","eventId":"test without a revision"}',
];

/** Number of times that the recipe must be killed between its work and the commit of its offsets. */
const wantedKills = 3;
const maxRounds = 40;
const eventsARound = 60;

test.for(Object.entries(recipeCommands))(
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
      expect(round, 'rounds without a kill between work and commit').toBeLessThanOrEqual(maxRounds);
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

/** Fills the topic once for all recipes. */
function recordsOfReceiver(): Promise<FilledTopic> {
  filled ??= fillTopic(500, oddEvents);
  return filled;
}

/** Polls without a pause, because the time between work and commit is short. */
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

/** Returns whether the database contains the effects of events whose offsets the group has not committed. */
async function isWorkAhead(feed: RecipeFeed, database: RecipeDatabase, group: RecipeGroup): Promise<boolean> {
  const offsets = await group.readOffsets();
  const committed = feed.sent.filter(({ partition, offset }) => offset < (offsets.get(partition) ?? 0));
  const known = new Set(committed.map(({ headers }) => headers.ce_id));
  return database.readDone().some((id) => !known.has(id));
}
