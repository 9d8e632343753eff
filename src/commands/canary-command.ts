import { Command } from 'commander';
import { httpVariables } from '../config/http-config.ts';
import { loadVariable } from '../config/webhook-url.ts';
import { systemClock } from '../runtime/clock.ts';
import { exitCodes } from '../runtime/run-process.ts';
import { runCanary } from '../tools/provider/canary/run-canary.ts';
import { type CommandIo, writeLine } from './command-io.ts';
import { createIntegerParser, createUrlParser } from './option-parsers.ts';
import { readSecret } from './read-secret.ts';
import {
  type SigningFlags,
  secretDirOption,
  secretFileOption,
  signatureHeaderOption,
} from './signing-options.ts';

interface CanaryFlags extends SigningFlags {
  readonly url: URL;
  readonly bodyBytes?: number;
  readonly certificateDays?: number;
}

/** As long as the provider waits. */
const timeoutMs = 10_000;

export function createCanaryCommand(io: CommandIo): Command {
  return new Command('canary')
    .description('post signed test events through the public URL, and say where on the way it fails')
    .requiredOption('--url <url>', 'public URL of the webhook', createUrlParser('--url'))
    .option(...secretFileOption)
    .option(...secretDirOption)
    .option(
      '--body-bytes <n>',
      'length of the second body (default: MAX_BODY_BYTES, else 10485760)',
      createIntegerParser(1, 104_857_600),
    )
    .option(
      '--certificate-days <n>',
      'days that the certificate must be valid for, at least (default: 14, or a quarter of its life if that is less)',
      createIntegerParser(0, 365),
    )
    .option(...signatureHeaderOption)
    .addHelpText(
      'after',
      `
It stores two events named webhook.canary with the key webhook-canary; the long body is white space.
What it can tell apart: dns, certificate, connection, timeout, body_limit (a proxy refuses the length), secret,
route, proxy, receiver.

Example:
  comapi-webhook canary --url https://hooks.example.com/webhook --secret-file secret`,
    )
    .action(async (flags: CanaryFlags) => {
      const { env } = io;
      const {
        url,
        signatureHeader = loadVariable(httpVariables.signatureHeader, env),
        bodyBytes = loadVariable(httpVariables.maxBodyBytes, env),
        certificateDays,
      } = flags;
      const failed = await runCanary({
        url,
        secret: readSecret(flags, env),
        signatureHeader,
        bodyBytes,
        certificateDays,
        timeoutMs,
        clock: systemClock,
        onPassed: (step, text) => writeLine(io.stdout, `ok      ${step}: ${text}`),
      });
      if (failed !== undefined) {
        writeLine(io.stdout, `FAILED  ${failed.step}: ${failed.cause}: ${failed.text}`);
      }
      io.exit(failed === undefined ? exitCodes.done : exitCodes.failed);
    });
}
