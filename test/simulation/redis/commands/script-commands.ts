import { hash } from 'node:crypto';
import { type Answer, CommandError } from '../answer.ts';
import type { CommandCall, RunCommand } from './command.ts';

/** Runs a command inside of a script. What it has changed stays when a later one fails. @throws {CommandError} */
type Call = (name: string, ...args: readonly string[]) => Answer;

type Script = (call: Call, keys: readonly string[], args: readonly string[]) => Answer;

/**
 * The scripts of the product, as what they do: by the hash of their text, so that a changed script is not taken for the
 * one that is written here.
 */
const scripts: Readonly<Record<string, Script>> = {
  '5b0625ddde9f6702665d89e03cb48896efb50264': applyEntry,
  '45c5a8234fc647984cde37310edb16f9c81e1694': leaveGroup,
  // `dropScript` of src/redis/filter/entry-group.ts: in a round nobody is silent for so long.
  '39098ba98b41b9ac75ad20b5562cf03c09da2dac': () => 0,
};

/** SCRIPT, EVAL and EVALSHA. A server forgets its scripts when it ends. */
export function createScriptCommands(call: (words: readonly string[], within: CommandCall) => Answer) {
  const known = new Set<string>();

  function load(text: string): string {
    const id = hash('sha1', text);
    if (!Object.hasOwn(scripts, id)) {
      throw new Error(`the model does not know the script ${id}: write what it does into script-commands.ts`);
    }
    known.add(id);
    return id;
  }

  function run(id: string, within: CommandCall): Answer {
    const [, count, ...rest] = within.args;
    const keys = rest.slice(0, Number(count));
    const answer = scripts[id]?.(
      (...words) => {
        const reply = call(words, within);
        if (reply instanceof CommandError) {
          throw reply;
        }
        return reply;
      },
      keys,
      rest.slice(keys.length),
    );
    return answer ?? null;
  }

  const commands: Readonly<Record<string, { readonly run: RunCommand }>> = {
    SCRIPT: { run: ({ args: [, text = ''] }) => load(text) },
    EVAL: { run: (within) => run(load(within.args[0] ?? ''), within) },
    EVALSHA: {
      run(within) {
        const [id = ''] = within.args;
        if (!known.has(id)) {
          throw new CommandError('NOSCRIPT No matching script.');
        }
        return run(id, within);
      },
    },
  };
  return { commands, forget: () => known.clear() };
}

/** `applyScript` of src/redis/filter/apply-entry.ts. */
function applyEntry(
  call: Call,
  [stream = '', target = '']: readonly string[],
  args: readonly string[],
): Answer {
  const [group = '', id = '', mode, revision = '', window = '', ...fields] = args;
  const finish = (outcome: string, known?: Answer): Answer => {
    call('XACK', stream, group, id);
    return known === undefined ? [outcome] : [outcome, known];
  };
  call('XACK', stream, group, '0-0');
  if ((call('XPENDING', stream, group, id, id, '1') as readonly Answer[]).length === 0) {
    return ['done'];
  }
  if (mode === 'own') {
    return finish('own');
  }
  if (mode === 'pass') {
    return finish('untracked');
  }
  if (mode === 'dead') {
    call('XADD', target, '*', ...fields);
    return finish('dead_lettered');
  }
  const known = call('HGET', target, 'revision');
  if (mode === 'state' && typeof known === 'string') {
    if (revision === known) {
      return finish('duplicate', known);
    }
    if (revision.length < known.length || (revision.length === known.length && revision < known)) {
      return finish('obsolete', known);
    }
  }
  call('DEL', target);
  call('HSET', target, ...fields);
  if (mode === 'state') {
    call('HSET', target, 'revision', revision);
  } else if (typeof known === 'string') {
    call('HSET', target, 'revision', known);
  }
  call('PEXPIRE', target, window);
  return finish(mode === 'state' ? 'forwarded' : 'untracked', known);
}

/** `leaveScript` of src/redis/filter/entry-group.ts. */
function leaveGroup(call: Call, [stream = '']: readonly string[], args: readonly string[]): Answer {
  const [group = '', consumer = ''] = args;
  const own = call('XPENDING', stream, group, '-', '+', '1', consumer) as readonly Answer[];
  return own.length === 0 ? call('XGROUP', 'DELCONSUMER', stream, group, consumer) : 0;
}
