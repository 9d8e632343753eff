import type { ProviderApiConfig } from '../config/provider-api-config.ts';
import { ConfigError } from '../runtime/config-error.ts';
import { describeError, UsageError } from '../runtime/errors.ts';
import { conclude, type Finding } from '../runtime/finding.ts';
import { exitCodes } from '../runtime/run-process.ts';
import { toLines } from '../runtime/untrusted-text.ts';
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
  /** The last words of the part, and its exit code. The highest code of all parts counts. */
  readonly finding: Finding;
  /** What it was found from, for programs. */
  readonly json: object;
}

export interface ReconcilePart {
  /** Its member in JSON. */
  readonly name: 'counts' | 'messages';
  /** Prints what its finding comes from. Rejects when it cannot begin. */
  readonly run: (context: ReconcileContext) => Promise<PartResult>;
}

/** @returns the exit code, and what the parts have found, for programs */
export async function runParts(
  parts: readonly ReconcilePart[],
  context: ReconcileContext,
): Promise<{ readonly code: number; readonly results: Readonly<Record<string, object>> }> {
  let code: number = exitCodes.done;
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
      const { finding, json } = await run({ ...context, print });
      const concluded = conclude(finding);
      await print(toLines(concluded.text.split('\n')));
      results[name] = json;
      code = Math.max(code, concluded.code);
    } catch (error) {
      if (error instanceof UsageError || error instanceof ConfigError) {
        throw error;
      }
      // The other parts are still compared.
      code = exitCodes.noAnswer;
      const problem = context.signal.aborted ? 'it was stopped' : describeError(error);
      results[name] = { problem };
      writeLine(context.io.stderr, `error: ${name}: ${problem}`);
    }
  }
  return { code, results };
}
