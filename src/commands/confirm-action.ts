import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { UsageError } from '../runtime/errors.ts';
import { toLinePart } from '../runtime/untrusted-text.ts';
import type { CommandIo } from './command-io.ts';

/** The option by which a script says what a person is asked. */
export const yesOption = ['--yes', 'do not ask before what cannot be undone'] as const;

/**
 * Asks a person on a terminal before what cannot be undone. A script gives `--yes`: nobody answers there.
 *
 * @param deed what would be done, as the beginning of a question: `Erase 3 latest states`
 * @throws {UsageError} unless it is agreed to
 */
export async function confirmAction(
  deed: string,
  { yes = false }: { readonly yes?: boolean },
  { stdin, stderr }: CommandIo,
): Promise<void> {
  if (yes) {
    return;
  }
  if (stdin?.isTTY !== true || stderr.isTTY !== true) {
    throw new UsageError(
      `${toLinePart(deed)}: that cannot be undone, and nobody can be asked here: give --yes`,
    );
  }
  const lines = createInterface({ input: stdin, output: stderr });
  // Ctrl-C and the end of what is typed close it, and then nobody answers.
  const closed = once(lines, 'close').then(() => '');
  const answered = lines.question(`${toLinePart(deed)}? That cannot be undone. [y/N] `);
  const answer = await Promise.race([answered, closed]);
  lines.close();
  if (!/^\s*y(es)?\s*$/i.test(answer)) {
    throw new UsageError('nothing was done: the answer was not "y"');
  }
}
