import type { Command } from 'commander';
import { UsageError } from '../runtime/errors.ts';
import type { WantedRegistration } from '../tools/provider/registration/registration.ts';
import { parseSubscription } from '../tools/provider/registration/subscriptions.ts';
import { minSecretCharacters } from '../webhook/secret.ts';
import type { CommandIo } from './command-io.ts';
import { collectValues, createIntegerParser, createUrlParser } from './option-parsers.ts';
import { readValidSecrets, type SecretFlags } from './read-secret.ts';

export interface RegisterOptions extends SecretFlags {
  readonly webhook?: string;
  readonly url?: URL;
  readonly setSecret?: boolean;
  readonly event?: readonly string[];
  readonly batchSize?: number;
  readonly batchTimeout?: number;
  readonly waitForReceiver?: number;
  readonly delete?: boolean;
  readonly yes?: boolean;
  readonly listEvents?: boolean;
  readonly dryRun?: boolean;
}

/** Checks that the options can be combined. @throws {UsageError} */
export function checkRegisterOptions(options: RegisterOptions, command: Command): void {
  const settings = ['url', 'secretFile', 'event', 'batchSize', 'batchTimeout'] as const;
  if (options.delete && options.listEvents) {
    throw new UsageError('--delete and --list-events cannot be combined');
  }
  if (!options.listEvents && (options.webhook === undefined || options.webhook === '')) {
    throw new UsageError('the name of the registration is missing: give --webhook');
  }
  const givenSetting = settings.find((name) => options[name] !== undefined);
  if ((options.delete ?? options.listEvents) && givenSetting !== undefined) {
    const flag = command.options.find((option) => option.attributeName() === givenSetting)?.long;
    throw new UsageError(`${flag} cannot be combined with ${options.delete ? '--delete' : '--list-events'}`);
  }
  if (options.waitForReceiver !== undefined && options.url === undefined) {
    throw new UsageError('--wait-for-receiver requires --url');
  }
}

/** Adds the options for all settings of a registration except its name. */
export function addSettingOptions(command: Command): Command {
  return command
    .option('--url <url>', 'public URL that the provider posts to', createUrlParser('--url'))
    .option(
      '--secret-file <file>',
      'read the secret from this file (default: WEBHOOK_SECRET or WEBHOOK_SECRETS_DIR; with several secrets, the provider keeps its current one)',
    )
    .option(
      '--event <type>',
      'subscribe to this event, with optional filters; may be repeated',
      collectValues,
    )
    .option(
      '--batch-size <events>',
      'maximum number of events in a batch, 1 to 500',
      createIntegerParser(1, 500),
    )
    .option(
      '--batch-timeout <seconds>',
      'maximum time to fill a batch, 1 to 60 seconds',
      createIntegerParser(1, 60),
    );
}

/**
 * Reads the secrets for a registration. @throws {UsageError} if there is no secret, or if the first secret is too
 * short
 */
export function readSecretsToSet(
  options: RegisterOptions,
  { env }: CommandIo,
): WantedRegistration['secrets'] {
  const secrets = readValidSecrets(options, env);
  const [{ value: secret }] = secrets;
  if (secret.length < minSecretCharacters) {
    throw new UsageError(
      `the secret has only ${secret.length} characters: use at least ${minSecretCharacters}, and preferably 36 or more`,
    );
  }
  return secrets;
}

/** Converts the options to settings, without name and secret. */
export function readSettings({
  url,
  event,
  batchSize,
  batchTimeout,
}: RegisterOptions): Omit<WantedRegistration, 'name' | 'secrets'> {
  const subscriptions = event?.map(parseSubscription);
  return {
    ...(url && { url: url.href }),
    ...(subscriptions && { subscriptions }),
    ...((batchSize ?? batchTimeout) !== undefined && { batch: true }),
    ...(batchSize !== undefined && { maxBatchSize: batchSize }),
    ...(batchTimeout !== undefined && { batchTimeout }),
  };
}
