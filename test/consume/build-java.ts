import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { provideTool } from '../support/tools/provide-tool.ts';
import { recipeDirectory } from './recipe-directory.ts';

const run = promisify(execFile);

/** Compiles a copy of the Java recipes with the command from their page. */
export async function buildJava() {
  const java = await provideTool('java');
  const mvn = await provideTool('mvn');
  const directory = join(temporaryDirectory(), 'java');
  await cp(join(recipeDirectory, 'java'), directory, { recursive: true });
  await run(mvn, [
    ...['-q', '-B', '-f', join(directory, 'pom.xml')],
    ...['package', 'dependency:copy-dependencies', '-DincludeScope=runtime'],
  ]);
  const target = join(directory, 'target');
  return { java, classPath: `${join(target, 'classes')}:${join(target, 'dependency')}/*` };
}
