import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { afterAll, expect, inject, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { chartDirectory } from '../../charts/generate/chart-directory.ts';
import { createSeededRandom } from '../../src/tools/provider/simulator/seeded-random.ts';
import { drawValues } from './support/draw-values.ts';
import { createProgramReader } from './support/read-by-program.ts';
import { kubeVersion, type Manifest, type Values } from './support/render.ts';

/** CHART_DRAWS=2000 draws more, CHART_SEED=7 others. */
const draws = Number(process.env.CHART_DRAWS ?? 200);
const random = createSeededRandom(Number(process.env.CHART_SEED ?? 1));
const atOnce = 3;
/** On a busy machine; each takes a tenth of a second on a free one. */
const patienceMs = draws * 1_000;

const reader = createProgramReader();
afterAll(() => reader.remove());

test('what the chart takes of values drawn at random starts, and what would not start it refuses by its name', {
  timeout: patienceMs,
}, async () => {
  const drawn = Array.from({ length: draws }, () => drawValues(random));
  const waiting = [...drawn];
  const wouldNotStart: unknown[] = [];
  const nameless: unknown[] = [];
  let accepted = 0;
  async function work(): Promise<void> {
    for (let values = waiting.pop(); values !== undefined; values = waiting.pop()) {
      const { manifests, refusal } = await renderOrRefuse(values);
      if (manifests === undefined) {
        // A value of the release by its path, whole.
        if (!/\/?[a-zA-Z]+([./[]\w+)+/.test(refusal)) {
          nameless.push({ values, refusal });
        }
        continue;
      }
      accepted += 1;
      try {
        reader.read(manifests);
      } catch (error) {
        wouldNotStart.push({ values, error: String(error) });
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work));
  expect(wouldNotStart).toEqual([]);
  expect(nameless).toEqual([]);
  // Neither is rare, or the draws would show little.
  expect(accepted).toBeGreaterThan(draws * 0.3);
  expect(accepted).toBeLessThan(draws * 0.9);
});

async function renderOrRefuse(values: Values): Promise<{ manifests?: Manifest[]; refusal: string }> {
  const args = ['template', 'events', chartDirectory, '--kube-version', kubeVersion, '--values', '-'];
  const helm = spawn(inject('helm')[4], args);
  helm.stdin.end(JSON.stringify(values));
  const [stdout, refusal] = await Promise.all([text(helm.stdout), text(helm.stderr)]);
  const code = helm.exitCode ?? (await new Promise<number>((resolve) => helm.once('close', resolve)));
  return code === 0
    ? {
        manifests: parseAllDocuments(stdout).flatMap((each): Manifest[] => each.toJS() ?? []),
        refusal,
      }
    : { refusal };
}
