import { hash } from 'node:crypto';
import { type Answer, CommandError } from '../answer.ts';
import { compileLua } from '../lua/compile-lua.ts';
import type { CommandCall, RunCommand } from './command.ts';

/** SCRIPT, EVAL and EVALSHA. A server forgets its scripts when it ends. */
export function createScriptCommands(call: (words: readonly string[], within: CommandCall) => Answer) {
  const known = new Map<string, ReturnType<typeof compileLua>>();

  function load(text: string): string {
    const id = hash('sha1', Buffer.from(text, 'latin1'));
    if (!known.has(id)) {
      known.set(id, compileLua(text));
    }
    return id;
  }

  function run(id: string, within: CommandCall): Answer {
    const script = known.get(id);
    if (script === undefined) {
      throw new CommandError('NOSCRIPT No matching script.');
    }
    const [, count, ...rest] = within.args;
    const keys = rest.slice(0, Number(count));
    return script(keys, rest.slice(keys.length), (words) => call(words, within));
  }

  const commands: Readonly<Record<string, { readonly run: RunCommand }>> = {
    SCRIPT: { run: ({ args: [, text = ''] }) => load(text) },
    EVAL: { run: (within) => run(load(within.args[0] ?? ''), within) },
    EVALSHA: { run: (within) => run(within.args[0] ?? '', within) },
  };
  return { commands, forget: () => known.clear() };
}
