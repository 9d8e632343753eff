import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { onTestFinished } from 'vitest';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { recipeDirectory } from './recipe-directory.ts';

export interface Effects {
  /** Number of events by type. */
  readonly counts: Readonly<Record<string, number>>;
  /** Latest revision and event by entity. */
  readonly states: Readonly<Record<string, { readonly revision: bigint; readonly event: string }>>;
}

export type RecipeDatabase = ReturnType<typeof createRecipeDatabase>;

/** Creates the database of a recipe with the file from the page. */
export function createRecipeDatabase() {
  const path = join(temporaryDirectory(), 'events.sqlite');
  const database = new DatabaseSync(path, { timeout: 5_000 });
  onTestFinished(() => database.close());
  database.exec(readFileSync(join(recipeDirectory, 'tables.sql'), 'utf8'));
  const countDone = database.prepare('SELECT count(*) AS count FROM done');
  return {
    path,
    countDone: () => Number(countDone.get()?.count),
    readDone: () =>
      database
        .prepare('SELECT id FROM done')
        .all()
        .map(({ id }) => String(id)),
    readEffects(): Effects {
      const counts = database.prepare('SELECT type, count FROM counts').all();
      const states = database.prepare('SELECT entity, revision, event FROM states').all();
      return {
        counts: Object.fromEntries(counts.map(({ type, count }) => [type, Number(count)])),
        states: Object.fromEntries(
          states.map(({ entity, revision, event }) => [
            entity,
            { revision: BigInt(String(revision)), event: String(event) },
          ]),
        ),
      };
    },
    /** Makes every database insert of the recipe fail until the returned function is called. */
    refuseWork(): () => void {
      database.exec(
        "CREATE TRIGGER refuse BEFORE INSERT ON counts BEGIN SELECT RAISE(ABORT, 'work is refused'); END",
      );
      return () => database.exec('DROP TRIGGER refuse');
    },
  };
}
