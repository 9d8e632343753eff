import { Command } from 'commander';
import { checkCertificates, readServerCertificate } from '../config/check-certificates.ts';
import { loadCommandConfig } from '../config/command-config.ts';
import { loadFilterWindow } from '../config/filter-config.ts';
import { loadReceiverConfig, type ReceiverConfig } from '../config/receiver-config.ts';
import type { UnusedVariable } from '../config/unused-variables.ts';
import type { CheckResult } from '../ports/check-result.ts';
import { systemClock } from '../runtime/clock.ts';
import { ConfigError } from '../runtime/config-error.ts';
import { toJsonText } from '../runtime/format.ts';
import { exitCodes } from '../runtime/run-process.ts';
import { openStore } from '../stores/open-store.ts';
import { checkSpool } from '../stores/spool/check-spool.ts';
import type { Store, StoreCheckDeps } from '../stores/store.ts';
import { checkSecrets, describeConfiguration } from './check-configuration.ts';
import { type CommandIo, createCommandLogger, formatTable, writeText } from './command-io.ts';
import { describeWarning, loadConfig } from './load-config.ts';

interface CheckOptions {
  readonly json?: boolean;
}

export function createCheckCommand(io: CommandIo): Command {
  return new Command('check')
    .description("check the receiver's configuration and dependencies, without changing anything")
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Reads the same variables as the receiver. Checks the configuration, the number and the length of secrets, the
certificates, the store with its topics, and the spool. Never prints a secret. Exits with 1 if it finds an error.

Examples:
  comapi-webhook check
  KAFKA_BROKERS=localhost:9092 comapi-webhook check --json

To find out why a delivery was rejected with 401, use "comapi-webhook verify".`,
    )
    .action(async ({ json = false }: CheckOptions) => {
      const checkResult = await runChecks(io);
      const { configuration, results } = checkResult;
      writeText(
        io.stdout,
        json
          ? toJsonText({ configuration: Object.fromEntries(configuration), results })
          : formatChecks(checkResult),
      );
      const hasNoErrors = results.every(({ verdict }) => verdict !== 'error');
      io.exit(hasNoErrors ? exitCodes.done : exitCodes.failed);
    });
}

interface CheckedReceiver {
  /** Pairs of a label and a value. */
  readonly configuration: readonly (readonly [string, string])[];
  readonly results: readonly CheckResult[];
}

async function runChecks(io: CommandIo): Promise<CheckedReceiver> {
  try {
    const { config, unused } = loadConfig(io.env, loadReceiverConfig);
    return await checkReceiver(config, unused, io);
  } catch (error) {
    if (!(error instanceof ConfigError)) {
      throw error;
    }
    const problems = error.problems.map(({ variable, message }) => `${variable}: ${message}`);
    const toResult = (text: string) => ({ area: 'configuration', verdict: 'error', text }) as const;
    return { configuration: [], results: [...problems.map(toResult), ...(await checkOnlyStore(io))] };
  }
}

async function checkReceiver(
  config: ReceiverConfig,
  unused: readonly UnusedVariable[],
  io: CommandIo,
): Promise<CheckedReceiver> {
  const { http, webhooks, spool, allTopics: topics } = config;
  const store = await openStore(config.store);
  return {
    configuration: describeConfiguration(config, store.describe(topics)),
    results: [
      ...checkVariables(unused),
      ...checkSecrets(webhooks),
      ...checkCertificates(
        http.tls === undefined ? [] : [readServerCertificate(http.tls)],
        systemClock.epochMs(),
      ),
      ...(await checkStore(store, { topics, maxBodyBytes: http.maxBodyBytes }, io)),
      ...(spool === undefined ? [] : [await checkSpool(spool)]),
    ],
  };
}

/**
 * Checks the store by reading only the store's variables, so that other configuration errors do not hide the store's
 * state.
 */
async function checkOnlyStore(io: CommandIo): Promise<readonly CheckResult[]> {
  try {
    const { store: config, allTopics: topics, maxBodyBytes } = loadCommandConfig(io.env);
    return await checkStore(await openStore(config), { topics, maxBodyBytes }, io);
  } catch (error) {
    if (error instanceof ConfigError) {
      return [];
    }
    throw error;
  }
}

function checkStore(
  store: Store,
  expected: Pick<StoreCheckDeps, 'topics' | 'maxBodyBytes'>,
  io: CommandIo,
): Promise<readonly CheckResult[]> {
  return store.check({
    ...expected,
    windowMs: loadFilterWindow(io.env),
    nowMs: systemClock.epochMs(),
    logger: createCommandLogger(io),
  });
}

/** Reports the variables of a valid configuration, with a warning for each variable that has no effect. */
function checkVariables(unused: readonly UnusedVariable[]): CheckResult[] {
  return unused.length === 0
    ? [{ area: 'configuration', verdict: 'ok', text: 'all variables are valid and compatible' }]
    : unused.map((each) => ({
        area: 'configuration',
        verdict: 'warning',
        text: describeWarning(each),
      }));
}

function formatChecks({ configuration, results }: CheckedReceiver): string {
  const rows = results.map(({ area, verdict, text, advice }) => [
    verdict === 'ok' ? 'ok' : verdict.toUpperCase(),
    area,
    advice === undefined ? text : `${text}. ${advice}`,
  ]);
  const configurationTable = configuration.length === 0 ? '' : `${formatTable(configuration)}\n`;
  return configurationTable + formatTable(rows);
}
