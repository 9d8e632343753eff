import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import * as v from 'valibot';
import { defaultManagementPorts, readManagementConfig, wildcardAddresses } from '../config/process-config.ts';
import type { StatusReport } from '../observe/status/status-report.ts';
import { ConfigError, type ConfigProblem, type Env } from '../runtime/config-error.ts';
import { describeError, describeFetchError, UsageError } from '../runtime/errors.ts';
import { toJsonText } from '../runtime/format.ts';
import { exitCodes } from '../runtime/run-process.ts';
import { toPrintable, toSingleLineText } from '../runtime/untrusted-text.ts';
import { type CommandIo, writeText } from './command-io.ts';
import { formatStatus } from './format-status.ts';

interface StatusOptions {
  readonly json?: boolean;
  readonly watch?: boolean;
  readonly metrics?: boolean;
}

const timeoutMs = 10_000;
const watchIntervalMs = 2_000;
const clearScreen = '\u001b[2J\u001b[H';

const advice =
  'Check that the process runs, and set MANAGEMENT_PORT and MANAGEMENT_HOST for this command to the values in the log line "listening" of the process.';

/** Schema of the members by which a status differs from any other JSON document. The document has more members. */
const reportSchema = v.looseObject({
  process: v.picklist(['receiver', 'filter']),
  version: v.string(),
  headline: v.looseObject({ tone: v.picklist(['good', 'warning', 'bad']), text: v.string() }),
  ready: v.boolean(),
});

export function createStatusCommand(io: CommandIo): Command {
  return new Command('status')
    .description('show what a running receiver or filter is doing, and what is wrong')
    .option('--json', 'print the JSON document behind the status page')
    .option('--watch', 'refresh every 2 seconds until Ctrl-C')
    .option('--metrics', 'print the metrics instead of the status')
    .addHelpText(
      'after',
      `
Reads MANAGEMENT_PORT and MANAGEMENT_HOST like the receiver does. A filter without these variables listens on 9091.
The first line says whether something is wrong, and the next line says what to do. Exits with 0 if the process is ready and the
first line begins with GOOD or WARNING. Exits with 1 if the process is not ready or the first line begins with BAD. Exits with 2
if the process does not respond.

Examples:
  comapi-webhook status
  comapi-webhook status --watch
  comapi-webhook status --json
  comapi-webhook status --metrics
  MANAGEMENT_PORT=9091 comapi-webhook status`,
    )
    .action(async (options: StatusOptions) => {
      const url = findManagementUrl(io.env);
      if (options.metrics === true) {
        const { ok, text } = await fetchManagementText(new URL('/metrics', url));
        writeText(io.stdout, text);
        io.exit(ok ? exitCodes.done : exitCodes.failed);
        return;
      }
      if (options.watch === true) {
        await watchStatus(io, url, options);
        return;
      }
      const report = await readStatus(url);
      io.stdout.write(formatReport(report, io, options));
      const isHealthy = report.ready && report.headline.tone !== 'bad';
      io.exit(isHealthy ? exitCodes.done : exitCodes.failed);
    });
}

/** Runs until a signal ends the process. */
async function watchStatus(io: CommandIo, url: URL, options: StatusOptions): Promise<never> {
  const isTerminal = io.stdout.isTTY === true && options.json !== true;
  for (;;) {
    const text = await readStatus(url).then(
      (report) => formatReport(report, io, options),
      (error: unknown) => `${toSingleLineText(describeError(error))}\n`,
    );
    io.stdout.write(isTerminal ? clearScreen + text : `${text}\n`);
    await delay(watchIntervalMs);
  }
}

function formatReport(
  report: StatusReport,
  { env, stdout }: CommandIo,
  { json, watch: isWatched }: StatusOptions,
): string {
  if (json === true) {
    return toPrintable(isWatched === true ? JSON.stringify(report) : toJsonText(report));
  }
  return formatStatus(report, { colour: stdout.isTTY === true && stdout.hasColors?.(env) === true });
}

function findManagementUrl(env: Env): URL {
  const problems: ConfigProblem[] = [];
  const { host, port } = readManagementConfig(env, defaultManagementPorts.receiver, problems);
  ConfigError.throwIfAny(problems);
  if (port === 0) {
    throw new UsageError(
      'MANAGEMENT_PORT is 0, which means any free port: set it for this command to the port in the log line "listening"',
    );
  }
  const name = wildcardAddresses.includes(host) ? 'localhost' : host;
  return new URL(`http://${name.includes(':') ? `[${name}]` : name}:${port}`);
}

async function fetchManagementText(url: URL): Promise<{ readonly ok: boolean; readonly text: string }> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
    return { ok: response.ok, text: await response.text() };
  } catch (error) {
    throw new Error(`No response from ${url.href}: ${describeFetchError(error)}. ${advice}`, {
      cause: error,
    });
  }
}

async function readStatus(base: URL): Promise<StatusReport> {
  const url = new URL('/status.json', base);
  const { text } = await fetchManagementText(url);
  const parsedReport = v.safeParse(v.pipe(v.string(), v.parseJson(), reportSchema), text);
  if (!parsedReport.success) {
    throw new Error(
      `The service at ${base.href} is not the management port of a receiver or a filter. ${advice}`,
    );
  }
  return parsedReport.output as unknown as StatusReport;
}
