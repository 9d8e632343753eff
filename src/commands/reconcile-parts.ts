import type { ProviderApiConfig } from '../config/provider-api-config.ts';
import { ConfigError } from '../runtime/config-error.ts';
import { describeError, UsageError } from '../runtime/errors.ts';
import { exitCodes } from '../runtime/run-process.ts';
import { type CommandIo, writeLine } from './command-io.ts';

/** What all parts of the comparison share. */
export interface ReconcileContext {
  readonly io: CommandIo;
  readonly signal: AbortSignal;
  /** Epoch milliseconds. */
  readonly period: { readonly fromMs: number; readonly toMs: number };
  readonly api: ProviderApiConfig;
  /** For a person; nothing is printed of it when the result is for programs. */
  readonly print: (text: string) => Promise<void>;
}

export interface PartResult {
  readonly outcome: PartOutcome;
  /** The same for programs. */
  readonly json: object;
}

/** `missing`: something is missing or differs. `incomplete`: whether it is, is not known of everything. */
export type PartOutcome = 'good' | 'missing' | 'incomplete';

/** The highest code of all parts counts. Wrong use ends with the code of `incomplete`, as in every command. */
export const partExitCodes: Readonly<Record<PartOutcome, number>> = {
  good: exitCodes.done,
  missing: exitCodes.failed,
  incomplete: exitCodes.noAnswer,
};

export interface ReconcilePart {
  /** Its member in JSON. */
  readonly name: 'counts' | 'messages' | 'registration';
  /** Prints by itself. Rejects when it cannot begin. */
  readonly run: (context: ReconcileContext) => Promise<PartResult>;
}

/** @returns the exit code, and what the parts have found, for programs */
export async function runParts(
  parts: readonly ReconcilePart[],
  context: ReconcileContext,
): Promise<{ readonly code: number; readonly results: Readonly<Record<string, object>> }> {
  let code = partExitCodes.good;
  const results: Record<string, object> = {};
  let isFirst = true;
  for (const { name, run } of parts) {
    // Before the first text of a part.
    let gap = isFirst ? '' : '\n';
    const print = async (text: string) => {
      await context.print(gap + text);
      gap = '';
      isFirst = false;
    };
    try {
      const { outcome, json } = await run({ ...context, print });
      results[name] = json;
      code = Math.max(code, partExitCodes[outcome]);
    } catch (error) {
      if (error instanceof UsageError || error instanceof ConfigError) {
        throw error;
      }
      // The other parts are still compared.
      code = partExitCodes.incomplete;
      const problem = context.signal.aborted ? 'it was stopped' : describeError(error);
      results[name] = { problem };
      writeLine(context.io.stderr, `error: ${name}: ${problem}`);
    }
  }
  return { code, results };
}
