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
  readonly output: {
    /** A part then writes one value of JSON. */
    readonly json: boolean;
    write(text: string): Promise<void>;
  };
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
  readonly run: (context: ReconcileContext) => Promise<PartOutcome>;
}

/** @returns the exit code */
export async function runParts(parts: readonly ReconcilePart[], context: ReconcileContext): Promise<number> {
  const { json, write } = context.output;
  let code = partExitCodes.good;
  let isFirst = true;
  for (const { name, run } of parts) {
    // Before the first one: a part that cannot begin leaves nothing behind that is no JSON.
    const before = json ? `${isFirst ? '{' : ',\n'}"${name}":` : isFirst ? '' : '\n';
    let hasBegun = false;
    const writePart = async (text: string) => {
      await write(hasBegun ? text : before + text);
      hasBegun = true;
    };
    try {
      code = Math.max(code, partExitCodes[await run({ ...context, output: { json, write: writePart } })]);
    } catch (error) {
      if (error instanceof UsageError || error instanceof ConfigError) {
        throw error;
      }
      code = partExitCodes.incomplete;
      const problem = context.signal.aborted ? 'it was stopped' : describeError(error);
      writeLine(context.io.stderr, `error: ${name}: ${problem}`);
      // The other parts are still compared, unless what follows would be no JSON.
      if (json) {
        if (hasBegun) {
          return code;
        }
        await writePart(JSON.stringify({ problem }));
      }
    }
    isFirst = false;
  }
  if (json) {
    await write('}\n');
  }
  return code;
}
