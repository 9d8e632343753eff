import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { UsageError } from '../runtime/errors.ts';
import { toSingleLineText } from '../runtime/untrusted-text.ts';
import type { CommandIo } from './command-io.ts';

/** The option that confirms a destructive command without a prompt, for scripts. */
export const yesOption = ['--yes', 'do not ask for confirmation'] as const;

/**
 * Asks for confirmation of an action that cannot be undone. Without a terminal, `--yes` is required.
 *
 * @param action the action in the imperative, such as `Erase 3 latest states`
 * @throws {UsageError} unless the action is confirmed
 */
export async function confirmAction(
  action: string,
  { yes = false }: { readonly yes?: boolean },
  { stdin, stderr }: CommandIo,
): Promise<void> {
  if (yes) {
    return;
  }
  if (stdin?.isTTY !== true || stderr.isTTY !== true) {
    throw new UsageError(
      `cannot ask for confirmation without a terminal: "${toSingleLineText(action)}" cannot be undone. To confirm it, give --yes.`,
    );
  }
  const prompt = createInterface({ input: stdin, output: stderr });
  // Ctrl-C and the end of the input close the interface, which counts as an empty answer.
  const inputClosePromise = once(prompt, 'close').then(() => '');
  const promptAnswerPromise = prompt.question(`${toSingleLineText(action)}? This cannot be undone. [y/N] `);
  const answer = await Promise.race([promptAnswerPromise, inputClosePromise]);
  prompt.close();
  if (!/^\s*y(es)?\s*$/i.test(answer)) {
    throw new UsageError('cancelled: the answer was not "y". Nothing was changed.');
  }
}
