import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { provideTool } from '../support/tools/provide-tool.ts';
import { fillTopic } from './fill-topic.ts';
import { recipeDirectory } from './recipe-directory.ts';
import { startRecipe } from './start-recipe.ts';

async function runScript(name: string, env: Readonly<Record<string, string>>): Promise<string[]> {
  const path = `${dirname(await provideTool('kcat'))}:${process.env.PATH ?? ''}`;
  const recipe = startRecipe('/bin/sh', [join(recipeDirectory, 'kcat', name)], { ...env, PATH: path });
  const [code] = (await once(recipe.child, 'close')) as [number];
  expect([code, recipe.stderr()]).toEqual([0, '']);
  return recipe.lines();
}

test('kcat prints every event, and counts the types', async () => {
  const { env, records } = await fillTopic(500);
  const printed = await runScript('read-events.sh', env);
  const events = printed.filter((_, index) => index % 2 === 1);
  expect(events.toSorted()).toEqual(
    records.map(({ key, value }) => `${String(key)}\t${String(value)}`).toSorted(),
  );
  expect(printed[0]).toMatch(
    /^\d\/\d+ ce_specversion=1\.0,.*,ce_tenant=acme,.*,revision=\d+,ce_revision=\d+$/,
  );

  const counts = new Map<string, number>();
  for (const { headers } of records) {
    counts.set(headers.ce_type ?? '', (counts.get(headers.ce_type ?? '') ?? 0) + 1);
  }
  const counted = (await runScript('count-types.sh', env)).map((line) => line.trim());
  expect(counted.toSorted()).toEqual([...counts].map(([type, count]) => `${count} ${type}`).toSorted());
});
