import { Command } from 'commander';
import { checkCertificates } from '../checks/check-certificates.ts';
import { checkClock } from '../checks/check-clock.ts';
import { checkDataDirectory } from '../checks/check-data-directory.ts';
import { checkKafkaLogin } from '../checks/check-kafka-login.ts';
import type { CheckResult } from '../checks/check-result.ts';
import { checkSecrets } from '../checks/check-secrets.ts';
import { describeConfiguration } from '../checks/describe-configuration.ts';
import { readTopicNames } from '../config/kafka-config.ts';
import { loadReceiverConfig, type ReceiverConfig } from '../config/receiver-config.ts';
import { ConfigError } from '../runtime/config-error.ts';
import { exitCodes } from '../runtime/run-process.ts';
import type { CommandIo } from './command-io.ts';
import { createCommandLogger } from './command-logger.ts';
import { formatTable } from './format-table.ts';
import { createUrlParser } from './option-parsers.ts';

interface CheckOptions {
  readonly clockUrl?: URL;
  readonly json?: boolean;
}

export function createCheckCommand(io: CommandIo): Command {
  return new Command('check')
    .description('check the receiver’s configuration and what it depends on; changes nothing')
    .option(
      '--clock-url <url>',
      'compare the clock with that of a web server',
      createUrlParser('--clock-url'),
    )
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Reads the same variables as the receiver. Checks the configuration, secrets (how many, how long, never the value),
certificates, Kafka and its topics or the journal's directory, and the clock. Exits with 1 when there is an error.

Examples:
  comapi-webhook check
  KAFKA_BROKERS=localhost:9092 comapi-webhook check --json
  comapi-webhook check --clock-url https://hooks.example.com/`,
    )
    .action(async ({ clockUrl, json = false }: CheckOptions) => {
      const { configuration, results } = await runChecks(io, clockUrl);
      io.stdout.write(
        json
          ? `${JSON.stringify({ configuration: Object.fromEntries(configuration), results }, null, 2)}\n`
          : formatChecks(configuration, results),
      );
      const isGood = results.every(({ verdict }) => verdict !== 'error');
      io.exit(isGood ? exitCodes.done : exitCodes.failed);
    });
}

async function runChecks(
  { env }: CommandIo,
  clockUrl: URL | undefined,
): Promise<{ configuration: [string, string][]; results: CheckResult[] }> {
  const clock = await checkClock(Date.now, clockUrl);
  let config: ReceiverConfig;
  try {
    config = loadReceiverConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) {
      throw error;
    }
    const problems = error.problems.map(
      ({ variable, message }): CheckResult => ({
        area: 'configuration',
        verdict: 'error',
        text: `${variable}: ${message}`,
      }),
    );
    return { configuration: [], results: [...problems, clock] };
  }
  const { http, kafka, webhooks, dataDir } = config;
  const topics = readTopicNames(env, []);
  return {
    configuration: describeConfiguration(config, topics),
    results: [
      { area: 'configuration', verdict: 'ok', text: 'the variables are right in themselves and together' },
      ...checkSecrets(webhooks),
      ...checkCertificates({ tls: http.tls, kafkaTls: kafka?.connection.tls }, Date.now()),
      ...(kafka === undefined
        ? [checkDataDirectory(dataDir)]
        : [
            ...checkKafkaLogin(kafka.connection),
            ...(await (
              await import('../checks/check-topics.ts')
            ).checkTopics({
              kafka,
              topics,
              webhooks,
              maxBodyBytes: http.maxBodyBytes,
              logger: createCommandLogger(env),
            })),
          ]),
      clock,
    ],
  };
}

function formatChecks(configuration: readonly [string, string][], results: readonly CheckResult[]): string {
  const rows = results.map(({ area, verdict, text, advice }) => [
    verdict === 'ok' ? 'ok' : verdict.toUpperCase(),
    area,
    advice === undefined ? text : `${text}. ${advice}`,
  ]);
  const head = configuration.length === 0 ? '' : `${formatTable(configuration)}\n`;
  return head + formatTable(rows);
}
