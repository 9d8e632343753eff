import type { Command } from 'commander';
import { UsageError } from '../runtime/errors.ts';
import type { WantedRegistration } from '../tools/provider/registration/registration.ts';
import { parseSubscription } from '../tools/provider/registration/subscriptions.ts';
import { minSecretCharacters } from '../webhook/secret.ts';
import type { CommandIo } from './command-io.ts';
import { collect, createIntegerParser, createUrlParser } from './option-parsers.ts';
import { readValidSecrets, type SecretFlags } from './read-secret.ts';

/** Options of `register`, as commander gives them. */
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

/** @throws {UsageError} for options that exclude each other */
export function checkRegisterOptions(options: RegisterOptions, command: Command): void {
  const settings = ['url', 'secretFile', 'event', 'batchSize', 'batchTimeout'] as const;
  if (options.delete && options.listEvents) {
    throw new UsageError('--delete and --list-events exclude each other');
  }
  if (!options.listEvents && (options.webhook === undefined || options.webhook === '')) {
    throw new UsageError('no name: give --webhook; the registration is found again by it');
  }
  const given = settings.find((name) => options[name] !== undefined);
  if ((options.delete ?? options.listEvents) && given !== undefined) {
    const flag = command.options.find((option) => option.attributeName() === given)?.long;
    throw new UsageError(`${flag} means nothing with ${options.delete ? '--delete' : '--list-events'}`);
  }
  if (options.waitForReceiver !== undefined && options.url === undefined) {
    throw new UsageError('--wait-for-receiver needs --url');
  }
}

/** The options that say what a registration is to be, but its name. */
export function addSettingOptions(command: Command): Command {
  return command
    .option('--url <url>', 'public URL that the provider posts to', createUrlParser('--url'))
    .option(
      '--secret-file <file>',
      'file with the secret to sign with; without it WEBHOOK_SECRET or WEBHOOK_SECRETS_DIR is used: of several secrets the provider keeps the one that it has',
    )
    .option('--event <type>', 'event to subscribe to, with filters if wanted; may be repeated', collect)
    .option('--batch-size <events>', 'most events in a batch, 1 to 500', createIntegerParser(1, 500))
    .option('--batch-timeout <seconds>', 'longest wait to fill a batch, 1 to 60', createIntegerParser(1, 60));
}

/** @throws {UsageError} for one that is too short */
export function readSecretsToSet(
  options: RegisterOptions,
  { env }: CommandIo,
): WantedRegistration['secrets'] {
  const secrets = readValidSecrets(options, env);
  const [{ value: secret }] = secrets;
  if (secret.length < minSecretCharacters) {
    throw new UsageError(
      `the secret has ${secret.length} characters: use at least ${minSecretCharacters}, better 36 or more`,
    );
  }
  return secrets;
}

/** The settings that the options ask for, but the name and the secret. */
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
