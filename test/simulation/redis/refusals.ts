import { CommandError } from './answer.ts';
import type { Command } from './commands/command.ts';
import type { Conditions } from './conditions.ts';

/** What a server looks at before it carries a command out. */
export interface RefusalFacts {
  readonly conditions: Conditions;
  readonly isPrimary: boolean;
  readonly isLoading: boolean;
  readonly replicas: number;
  /** The last write to the append-only file failed. */
  readonly hasDiskFailed: boolean;
}

/** These are answered while the data is loaded, and while a script runs. */
const alwaysAnswered = new Set(['AUTH', 'SELECT', 'MULTI']);
const answeredWhileLoading = new Set([...alwaysAnswered, 'INFO', 'CONFIG', 'EXEC']);

/** Why a command is not carried out, in the order in which the server looks; `undefined` when it is. */
export function findRefusal(
  name: string,
  { writes, grows }: Command,
  facts: RefusalFacts,
): CommandError | undefined {
  const { conditions, isPrimary, isLoading } = facts;
  if (conditions.denied.has(name)) {
    return new CommandError(
      `NOPERM User default has no permissions to run the '${name.toLowerCase()}' command`,
    );
  }
  if (conditions.isMemoryFull && grows) {
    return new CommandError("OOM command not allowed when used memory > 'maxmemory'.");
  }
  const refusedWrite = writes ? findRefusedWrite(facts) : undefined;
  if (refusedWrite !== undefined) {
    return refusedWrite;
  }
  if (writes && !isPrimary) {
    return new CommandError("READONLY You can't write against a read only replica.");
  }
  if (isLoading && !answeredWhileLoading.has(name)) {
    return new CommandError('LOADING Redis is loading the dataset in memory');
  }
  if (conditions.isBusy && !alwaysAnswered.has(name)) {
    return new CommandError(
      'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
    );
  }
  return undefined;
}

function findRefusedWrite({ conditions, isPrimary, replicas, hasDiskFailed }: RefusalFacts) {
  if (hasDiskFailed && isPrimary) {
    return new CommandError('MISCONF Errors writing to the AOF file: No space left on device');
  }
  if (replicas < conditions.minReplicas && isPrimary) {
    return new CommandError('NOREPLICAS Not enough good replicas to write.');
  }
  return undefined;
}
