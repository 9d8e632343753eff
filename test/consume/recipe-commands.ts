import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildGoProgram } from '../support/tools/go-programs.ts';
import { providePythonClient } from './provide-python-client.ts';
import { recipeDirectory } from './recipe-directory.ts';

/** Command that starts a recipe. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the program does not leave its consumer group when it ends on SIGTERM. */
  readonly staysMember?: boolean;
}

const run = promisify(execFile);
const inRecipes = (file: string) => join(recipeDirectory, file);

/** Commands of the recipes that write to the tables of `tables.sql`, by programming language. */
export const recipeCommands: Readonly<Record<string, (skip: (note: string) => never) => Promise<Command>>> = {
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
    // The PHP extension is not in any package registry, so it must have been compiled on this machine.
    return hasClient === false
      ? skip('PHP or its extension rdkafka is missing. To install it, see docs/consume/README.md.')
      : {
          file: 'php',
          args: ['-d', 'display_errors=stderr', inRecipes('php/read-events.php')],
          staysMember: true,
        };
  },
};
