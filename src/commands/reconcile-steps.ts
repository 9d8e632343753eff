import type { ProviderApiConfig } from '../config/provider-api-config.ts';
import { ConfigError } from '../runtime/config-error.ts';
import { describeError, UsageError } from '../runtime/errors.ts';
import { type Finding, toConclusion } from '../runtime/finding.ts';
import { exitCodes } from '../runtime/run-process.ts';
import { toLines } from '../runtime/untrusted-text.ts';
import { type CommandIo, writeLine } from './command-io.ts';

export interface ReconcileContext {
  readonly io: CommandIo;
  readonly signal: AbortSignal;
  /** Epoch milliseconds. */
  readonly period: { readonly fromMs: number; readonly toMs: number };
  readonly api: ProviderApiConfig;
  /** Prints text for a person. With `--json`, it prints nothing. */
  readonly print: (text: string) => Promise<void>;
}

export interface ReconcileStepResult {
  /** The last output line and the exit code of one part. The command exits with the highest exit code of all parts. */
  readonly finding: Finding;
  /** The finding and its evidence for `--json`. */
  readonly json: object;
}

export interface ReconcileStep {
  /** Name of the part's member in the JSON result. */
  readonly name: 'counts' | 'messages';
  /** Prints the evidence and returns the finding. Rejects if the comparison cannot start. */
  readonly run: (context: ReconcileContext) => Promise<ReconcileStepResult>;
}

/** Runs the parts one after another. @returns the exit code, and the results by part for `--json` */
export async function runReconcileSteps(
  parts: readonly ReconcileStep[],
  context: ReconcileContext,
): Promise<{ readonly code: number; readonly results: Readonly<Record<string, object>> }> {
  let code: number = exitCodes.done;
  const results: Record<string, object> = {};
  let isFirstPart = true;
  for (const { name, run } of parts) {
    // A blank line separates the parts.
    let gap = isFirstPart ? '' : '\n';
    const print = async (text: string) => {
      await context.print(gap + text);
      gap = '';
      isFirstPart = false;
    };
    try {
      const { finding, json } = await run({ ...context, print });
      const conclusion = toConclusion(finding);
      await print(toLines(conclusion.text.split('\n')));
      results[name] = json;
      code = Math.max(code, conclusion.code);
    } catch (error) {
      if (error instanceof UsageError || error instanceof ConfigError) {
        throw error;
      }
      // The failure of one part does not stop the others.
      code = exitCodes.noAnswer;
      const problem = context.signal.aborted ? 'the run was stopped' : describeError(error);
      results[name] = { problem };
      writeLine(context.io.stderr, `error: ${name}: ${problem}`);
    }
  }
  return { code, results };
}
