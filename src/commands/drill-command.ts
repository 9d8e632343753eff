import { setTimeout as delay } from 'node:timers/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { httpVariables } from '../config/http-config.ts';
import { loadVariable } from '../config/webhook-url.ts';
import { systemClock } from '../runtime/clock.ts';
import { UsageError } from '../runtime/errors.ts';
import { createStopSignal, exitCodes } from '../runtime/run-process.ts';
import { createAlertWatch } from '../tools/drill/alert-watch.ts';
import { type DrillRow, runDrill, toMinutes } from '../tools/drill/run-drill.ts';
import { runShell } from '../tools/drill/run-shell.ts';
import {
  createTrouble,
  listPods,
  type TroubleName,
  type TroubleTarget,
  troubleNames,
  troubleNeeds,
} from '../tools/drill/troubles.ts';
import { type CommandIo, formatTable, writeLine, writeText } from './command-io.ts';
import { collect, createUrlParser } from './option-parsers.ts';
import { isSecretGiven, readSecret } from './read-secret.ts';
import { type SigningFlags, secretDirOption, signatureHeaderOption } from './signing-options.ts';

interface DrillFlags extends SigningFlags {
  readonly notForProduction: string;
  readonly prometheus: URL;
  readonly alertmanager?: URL;
  readonly namespace?: string;
  readonly job?: string;
  readonly secretName?: string;
  readonly url?: URL;
  readonly stopStore?: string;
  readonly startStore?: string;
  readonly trouble?: readonly string[];
}

const shellTimeoutMs = 120_000;

const optionOf: Readonly<Record<(typeof troubleNeeds)[TroubleName][number], string>> = {
  namespace: '--namespace',
  secretName: '--secret-name',
  url: '--url',
  secret: '--secret-file',
  stopStore: '--stop-store',
  startStore: '--start-store',
};

export function createDrillCommand(io: CommandIo): Command {
  return new Command('drill')
    .description('plant troubles in a release for tests, and see whether its alerts come and go')
    .requiredOption(
      '--not-for-production <release>',
      'name of the Helm release, or of what runs elsewhere: it may lose availability',
      parseName,
    )
    .requiredOption('--prometheus <url>', 'Prometheus with the alerts', createUrlParser('--prometheus'))
    .option('--alertmanager <url>', 'see that it gets each alert, too', createUrlParser('--alertmanager'))
    .option('--namespace <name>', "the release's, for troubles that need kubectl", parseName)
    .option('--job <name>', 'job of the alerts, if not RELEASE-comapi-webhook-receiver-receiver-metrics')
    .option('--secret-name <name>', 'Secret of a registration, in that namespace', parseName)
    .option('--url <url>', 'a webhook of the release', createUrlParser('--url'))
    .option(
      '--secret-file <file>',
      'file with its secret; without it WEBHOOK_SECRET or WEBHOOK_SECRETS_DIR is used, if it is set',
    )
    .option(...secretDirOption)
    .option(...signatureHeaderOption)
    .option('--stop-store <command>', 'line of shell that takes the store away from the release')
    .option('--start-store <command>', 'line of shell that brings it back; it may run twice')
    .addOption(
      new Option('--trouble <name>', 'only this one; may be given several times')
        .choices(troubleNames)
        .argParser(collectTrouble),
    )
    .addHelpText(
      'after',
      `
Troubles, in their order, with what each needs: without it a trouble is left out.
${formatTable(troubleNames.map((name) => [`  ${name}`, troubleNeeds[name].map((need) => optionOf[need]).join(', ')]))}
Exits with 0 when each alert came and went, with 1 when one did not.

Example:
  comapi-webhook drill --not-for-production staging --namespace messaging --secret-name comapi-webhook \\
    --url https://staging.example.com/webhook --secret-file secret --prometheus http://localhost:9099`,
    )
    .action(async (flags: DrillFlags) => {
      const target = toTarget(flags, io);
      const chosen = chooseTroubles(flags.trouble as TroubleName[] | undefined, target);
      const { notForProduction: release, namespace, prometheus, alertmanager } = flags;
      const job = flags.job ?? `${release}-comapi-webhook-receiver-receiver-metrics`;
      const say = (text: string) => writeLine(io.stderr, text);
      const stop = createStopSignal({
        signals: io.signals,
        exit: io.exit,
        onStop: () => say('Ending what is planted; another signal leaves it as it is.'),
      });
      const shell = (line: string) => runShell(line, shellTimeoutMs);
      const every = (ms: number, work: () => Promise<void>) => {
        const timer = setInterval(() => void work(), ms);
        return () => clearInterval(timer);
      };
      const scope = { job, ...(namespace !== undefined && { namespace }) };
      const watch = createAlertWatch({ prometheus, alertmanager, scope });
      if (namespace !== undefined && (await shell(listPods({ release, namespace }))) === '') {
        throw new UsageError(`there is no receiver of a release ${release} in the namespace ${namespace}`);
      }
      if (!(await watch.hasReceiver())) {
        throw new UsageError(
          `Prometheus has no receiver with the labels ${JSON.stringify(scope)}: see --job`,
        );
      }
      const rows = await runDrill(
        chosen.map((name) => createTrouble(name, target, { shell, every })),
        {
          watch,
          clock: systemClock,
          sleep: (ms) => delay(ms, undefined, { signal: stop }).catch(() => undefined),
          stop,
          onProgress: say,
        },
      );
      writeText(io.stdout, formatRows(rows));
      const isWhole = rows.length === chosen.length && rows.every(({ fault }) => fault === undefined);
      io.exit(isWhole ? exitCodes.done : exitCodes.failed);
    });
}

function toTarget(flags: DrillFlags, { env }: CommandIo): TroubleTarget {
  const { signatureHeader } = flags;
  return {
    ...flags,
    release: flags.notForProduction,
    secret: isSecretGiven(flags, env) ? readSecret(flags, env) : undefined,
    signatureHeader: signatureHeader ?? loadVariable(httpVariables.signatureHeader, env),
  };
}

/** @throws {UsageError} when one that is asked for lacks something, or when there is none */
function chooseTroubles(
  asked: readonly TroubleName[] | undefined,
  target: TroubleTarget,
): readonly TroubleName[] {
  const lacks = (name: TroubleName) =>
    troubleNeeds[name].filter((need) => target[need] === undefined).map((need) => optionOf[need]);
  for (const name of asked ?? []) {
    if (lacks(name).length > 0) {
      throw new UsageError(`--trouble ${name} needs ${lacks(name).join(' and ')}`);
    }
  }
  const chosen = troubleNames.filter((name) => asked?.includes(name) ?? lacks(name).length === 0);
  if (chosen.length === 0) {
    throw new UsageError('there is nothing to plant: --help says which options each trouble needs');
  }
  return chosen;
}

/** It becomes a part of lines of shell. */
function parseName(text: string): string {
  if (!/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/.test(text)) {
    throw new InvalidArgumentError('Give a name as Kubernetes has them: small letters, digits, - and dots.');
  }
  return text;
}

function collectTrouble(text: string, earlier: readonly string[] | undefined): readonly string[] {
  if (!troubleNames.some((name) => name === text)) {
    throw new InvalidArgumentError(`There are ${troubleNames.join(', ')}.`);
  }
  return collect(text, earlier);
}

function formatRows(rows: readonly DrillRow[]): string {
  return formatTable([
    ['TROUBLE', 'ALERT', 'SEEN', 'RESOLVED', ''],
    ...rows.map(({ trouble, seenMs, resolvedMs, fault = '' }) => [
      trouble.name,
      trouble.alert,
      toCell(seenMs),
      toCell(resolvedMs),
      fault,
    ]),
  ]);
}

function toCell(ms: number | undefined): string {
  return ms === undefined ? '-' : `${toMinutes(ms)} min`;
}
