import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTool } from './run-tool.ts';

export type PastChart = Awaited<ReturnType<typeof providePastChart>>;

/** Extracts the chart of a commit. */
export async function providePastChart(commit: string) {
  await runTool('git', ['cat-file', '-e', `${commit}^{commit}`]).catch((cause: unknown) => {
    throw new Error(
      `Commit ${commit} is not here: the tests need the history of the project (git fetch --unshallow).`,
      { cause },
    );
  });
  const root = mkdtempSync(join(tmpdir(), `chart-${commit}-`));
  const archive = join(root, 'chart.tar');
  const chart = 'charts/comapi-webhook-receiver';
  await runTool('git', ['archive', '--output', archive, commit, chart]);
  await runTool('tar', ['-xf', archive, '-C', root]);
  return { directory: join(root, chart), remove: () => rmSync(root, { recursive: true }) };
}
