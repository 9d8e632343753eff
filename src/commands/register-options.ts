import type { Command } from 'commander';
import type { ProviderRegion } from '../config/provider-api-config.ts';
import type { WantedRegistration } from '../provider/registration/registration.ts';
import { parseSubscription, parseSubscriptionsFile } from '../provider/registration/subscriptions.ts';
import { UsageError } from '../runtime/errors.ts';
import { minSecretCharacters } from '../webhook/secret.ts';
import type { CommandIo } from './command-io.ts';
import { readInputFile, readValidSecrets, type SecretFlags } from './read-secret.ts';

/** Options of `register`, as commander gives them. */
export interface RegisterOptions extends SecretFlags {
  readonly name?: string;
  readonly url?: URL;
  readonly setSecret?: boolean;
  readonly event?: readonly string[];
  readonly eventsFile?: string;
  readonly batch: boolean;
  readonly batchSize?: number;
  readonly batchTimeout?: number;
  readonly region?: ProviderRegion;
  readonly waitForReceiver?: number;
  readonly delete?: boolean;
  readonly listEvents?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** @throws {UsageError} for options that exclude each other */
export function checkRegisterOptions(options: RegisterOptions, command: Command): void {
  const settings = [
    'url',
    'secretFile',
    'secretDir',
    'event',
    'eventsFile',
    'batchSize',
    'batchTimeout',
  ] as const;
  if (options.delete && options.listEvents) {
    throw new UsageError('--delete and --list-events exclude each other');
  }
  if (!options.listEvents && (options.name === undefined || options.name === '')) {
    throw new UsageError('no name: give --name; the registration is found again by it');
  }
  const given = settings.find((name) => options[name] !== undefined);
  if ((options.delete ?? options.listEvents) && given !== undefined) {
    const flag = command.options.find((option) => option.attributeName() === given)?.long;
    throw new UsageError(`${flag} means nothing with ${options.delete ? '--delete' : '--list-events'}`);
  }
  if (options.event !== undefined && options.eventsFile !== undefined) {
    throw new UsageError('give either --event or --events-file');
  }
  if (options.waitForReceiver !== undefined && options.url === undefined) {
    throw new UsageError('--wait-for-receiver needs --url');
  }
  if (!options.batch && (options.batchSize !== undefined || options.batchTimeout !== undefined)) {
    throw new UsageError('--no-batch excludes --batch-size and --batch-timeout');
  }
}

/** The settings that the options ask for. */
export function readSettings(
  options: RegisterOptions,
  { env }: CommandIo,
  command: Command,
): WantedRegistration {
  const secrets = readValidSecrets(options, env);
  const [{ value: secret }] = secrets;
  if (secret.length < minSecretCharacters) {
    throw new UsageError(
      `the secret has ${secret.length} characters: use at least ${minSecretCharacters}, better 36 or more`,
    );
  }
  const { name = '', url, event, eventsFile, batchSize, batchTimeout } = options;
  const subscriptions =
    eventsFile === undefined
      ? event?.map(parseSubscription)
      : parseSubscriptionsFile(eventsFile, readInputFile('--events-file', eventsFile));
  const batchGiven = command.getOptionValueSource('batch') === 'cli';
  const batch = batchGiven
    ? options.batch
    : batchSize !== undefined || batchTimeout !== undefined || undefined;
  return {
    name,
    secrets,
    ...(url && { url: url.href }),
    ...(subscriptions && { subscriptions }),
    ...(batch !== undefined && { batch }),
    ...(batchSize !== undefined && { maxBatchSize: batchSize }),
    ...(batchTimeout !== undefined && { batchTimeout }),
  };
}
