import type { Command } from 'commander';
import { findAnswerFailure, toConnectionFailure } from '../provider/canary/canary-failure.ts';
import { postWebhook } from '../provider/post-webhook.ts';
import { createReportBody } from '../reconcile/report-counts.ts';
import { systemClock } from '../runtime/clock.ts';
import type { ReconcileReport } from '../webhook/reconcile-report.ts';
import { type CommandIo, writeLine } from './command-io.ts';
import { createUrlParser } from './option-parsers.ts';
import { readSecret, type SecretFlags } from './read-secret.ts';

export interface ReportFlags extends SecretFlags {
  readonly reportTo?: URL;
  readonly signatureHeader: string;
}

/** As long as the provider waits. */
const timeoutMs = 10_000;

export function addReportOptions(command: Command): Command {
  return command
    .optionsGroup('Report:')
    .option(
      '--report-to <url>',
      'post what was found to this webhook, for the metrics of the receiver; signed as by "send"',
      createUrlParser('--report-to'),
    )
    .option('--signature-header <name>', 'header that carries the signature', 'x-comapi-signature');
}

/**
 * Reads what is needed to report before anything is asked.
 *
 * @returns what posts a report, unless nothing could be compared, and says whether the receiver has it; `undefined` when
 *   nobody is to have one
 * @throws {UsageError}
 */
export function readReporter(flags: ReportFlags, { env, stderr }: CommandIo) {
  const { reportTo: url, signatureHeader } = flags;
  if (url === undefined) {
    return undefined;
  }
  const secret = readSecret(flags, env);
  return async (found: Omit<ReconcileReport, 'sentAtMs'>): Promise<boolean> => {
    if (Object.keys(found.parts).length === 0) {
      return true;
    }
    const body = createReportBody({ ...found, sentAtMs: systemClock.epochMs() });
    const failure = await postWebhook({ url, body, secret, signatureHeader, timeoutMs }).then(
      (answer) => findAnswerFailure(answer, body.length),
      toConnectionFailure,
    );
    if (failure !== undefined) {
      writeLine(stderr, `Not reported: ${failure.cause}: ${failure.text}`);
    }
    return failure === undefined;
  };
}
