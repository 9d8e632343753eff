import { Command } from 'commander';
import * as v from 'valibot';
import { defaultManagementPorts, everyAddress, readManagementConfig } from '../config/process-config.ts';
import { ConfigError, type ConfigProblem, type Env } from '../runtime/config-error.ts';
import { describeFetchError, UsageError } from '../runtime/errors.ts';
import { exitCodes } from '../runtime/run-process.ts';
import { type CommandIo, formatTable, writeText } from './command-io.ts';

interface StatusOptions {
  readonly metrics?: boolean;
}

const timeoutMs = 10_000;

const advice =
  'check that the process runs, and that MANAGEMENT_PORT and MANAGEMENT_HOST here are those of its log line "listening"';

const readyAndUnwell = 'ready, and answers deliveries 503 while a line is NOT OK';

const readinessSchema = v.object({
  ready: v.boolean(),
  checks: v.array(
    v.object({
      name: v.string(),
      ok: v.boolean(),
      detail: v.string(),
      hasFault: v.optional(v.literal(true)),
    }),
  ),
});

export function createStatusCommand(io: CommandIo): Command {
  return new Command('status')
    .description('ask a running receiver or filter whether it is ready, and if not, why')
    .option('--metrics', 'print its metrics instead')
    .addHelpText(
      'after',
      `
Reads MANAGEMENT_PORT and MANAGEMENT_HOST, as the receiver does. A filter that has none is at 9091.
A receiver that was ready stays so until it shuts down: while a line is NOT OK it answers deliveries 503. An ERROR is something wrong
beside that. Exits with 1 when the process is not ready, with 2 when it does not answer.

Examples:
  comapi-webhook status
  comapi-webhook status --metrics
  MANAGEMENT_PORT=9091 comapi-webhook status`,
    )
    .action(async ({ metrics = false }: StatusOptions) => {
      const url = findManagementUrl(io.env);
      if (metrics) {
        const { ok, text } = await ask(new URL('/metrics', url));
        writeText(io.stdout, text);
        io.exit(ok ? exitCodes.done : exitCodes.failed);
        return;
      }
      const { text } = await ask(new URL('/readyz?verbose', url));
      const readiness = parseReadiness(text, url);
      writeText(io.stdout, formatReadiness(readiness));
      io.exit(readiness.ready ? exitCodes.done : exitCodes.failed);
    });
}

function findManagementUrl(env: Env): URL {
  const problems: ConfigProblem[] = [];
  const { host, port } = readManagementConfig(env, defaultManagementPorts.receiver, problems);
  ConfigError.throwIfAny(problems);
  if (port === 0) {
    throw new UsageError(
      'MANAGEMENT_PORT is 0, which is any free port: set it here to the one that the log line "listening" names',
    );
  }
  const name = everyAddress.includes(host) ? 'localhost' : host;
  return new URL(`http://${name.includes(':') ? `[${name}]` : name}:${port}`);
}

async function ask(url: URL): Promise<{ readonly ok: boolean; readonly text: string }> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
    return { ok: response.ok, text: await response.text() };
  } catch (error) {
    throw new Error(`No answer from ${url.href}: ${describeFetchError(error)}: ${advice}`, { cause: error });
  }
}

function parseReadiness(text: string, { href }: URL): v.InferOutput<typeof readinessSchema> {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), readinessSchema), text);
  if (!parsed.success) {
    throw new Error(
      `What answers at ${href} is not the management port of a receiver or a filter: ${advice}`,
    );
  }
  return parsed.output;
}

function formatReadiness({ ready, checks }: v.InferOutput<typeof readinessSchema>): string {
  const rows = checks.map(({ name, ok, detail, hasFault }) => [
    ok ? (hasFault === true ? 'ERROR' : 'ok') : 'NOT OK',
    name,
    detail,
  ]);
  const isWell = checks.every(({ ok }) => ok);
  return `${ready ? (isWell ? 'ready' : readyAndUnwell) : 'NOT READY'}\n${formatTable(rows)}`;
}
