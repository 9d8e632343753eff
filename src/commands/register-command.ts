import { setTimeout as delay } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { loadProviderApiConfig } from '../config/provider-api-config.ts';
import { findUnknownVariables } from '../config/unused-variables.ts';
import { isLoopbackHost } from '../config/variables.ts';
import { systemClock } from '../runtime/clock.ts';
import { UsageError } from '../runtime/errors.ts';
import { exitCodes } from '../runtime/run-process.ts';
import { toLines } from '../runtime/untrusted-text.ts';
import { retryWithFreshState } from '../tools/provider/api/provider-api-error.ts';
import {
  type ApplyResult,
  applyRegistration,
  deleteRegistration,
} from '../tools/provider/registration/apply-registration.ts';
import type { AvailableEvent, WantedRegistration } from '../tools/provider/registration/registration.ts';
import { parseSubscription, resolveSubscriptions } from '../tools/provider/registration/subscriptions.ts';
import { createWebhookApi, type WebhookApi } from '../tools/provider/registration/webhook-api.ts';
import { minSecretCharacters } from '../webhook/secret.ts';
import { type CommandIo, formatTable, writeLine, writeText } from './command-io.ts';
import { confirmAction, yesOption } from './confirm-action.ts';
import { loadConfigWithWarnings } from './load-config.ts';
import { createIntegerParser, createUrlParser, parseDurationMs } from './option-parsers.ts';
import { readValidSecrets, type SecretFlags } from './read-secret.ts';
import { waitForReceiver } from './wait-for-receiver.ts';

interface RegisterOptions extends SecretFlags {
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

/** Options that describe the requested registration, by the names of their members in `RegisterOptions`. */
const settingNames = ['url', 'secretFile', 'event', 'batchSize', 'batchTimeout'];

export function createRegisterCommand(io: CommandIo): Command {
  return new Command('register')
    .description("create, update or delete a webhook registration through the provider's Webhook API")
    .option('--webhook <name>', 'name of the registration')
    .option('--url <url>', 'public URL that the provider posts to', createUrlParser('--url'))
    .option(
      '--secret-file <file>',
      'read the secret from this file (default: WEBHOOK_SECRET or WEBHOOK_SECRETS_DIR; with several secrets, the provider keeps its current one)',
    )
    .option('--event <type...>', 'subscribe to this event, with optional filters; may be repeated')
    .option(
      '--batch-size <events>',
      'maximum number of events in a batch, 1 to 500',
      createIntegerParser(1, 500),
    )
    .option(
      '--batch-timeout <seconds>',
      'maximum time to fill a batch, 1 to 60 seconds',
      createIntegerParser(1, 60),
    )
    .option('--set-secret', 'write the secret even if the provider does not show its current secret')
    .option(
      '--wait-for-receiver <duration>',
      'before registering, wait at most this long for a receiver to respond at --url, for example 30s or 5m',
      parseDurationMs,
    )
    .addOption(new Option('--delete', 'delete the registration').conflicts([...settingNames, 'listEvents']))
    .addOption(
      new Option(
        '--list-events',
        'list the events that the account can subscribe to, and their filters',
      ).conflicts(settingNames),
    )
    .option(...yesOption)
    .option('--dry-run', 'print the changes without making them')
    .addHelpText('after', registerHelpText)
    .action(async (options: RegisterOptions) => {
      checkRegisterOptions(options);
      // All errors of the command line are reported before the first API call.
      const wantedRegistration =
        (options.listEvents ?? options.delete)
          ? undefined
          : {
              name: options.webhook ?? '',
              secrets: readSecretsToSet(options, io),
              ...readSettings(options),
            };
      const config = loadConfigWithWarnings(io, loadProviderApiConfig, findUnknownVariables);
      if (options.delete === true && options.dryRun !== true) {
        await confirmAction(`Delete the registration "${options.webhook}"`, options, io);
      }
      const onWarning = (line: string) => writeLine(io.stderr, line);
      checkPublicUrl(options.url, config.baseUrl, onWarning);
      if (options.url !== undefined && options.waitForReceiver !== undefined) {
        await waitForReceiver({
          url: options.url,
          timeoutMs: options.waitForReceiver,
          clock: systemClock,
          onWarning,
        });
      }
      const api = createWebhookApi(config);
      const { text, code } = await retryWithFreshState(
        () => changeRegistration(api, options, wantedRegistration),
        {
          delay,
          onWarning,
        },
      );
      writeText(io.stdout, text);
      io.exit(code);
    });
}

/** @throws {UsageError} if an option that the other options require is missing */
function checkRegisterOptions({ webhook, listEvents, waitForReceiver: waitMs, url }: RegisterOptions): void {
  if (!listEvents && (webhook === undefined || webhook === '')) {
    throw new UsageError('the name of the registration is missing: give --webhook');
  }
  if (waitMs !== undefined && url === undefined) {
    throw new UsageError('--wait-for-receiver requires --url');
  }
}

/**
 * Reads the secrets for a registration. @throws {UsageError} if there is no secret, or if the first secret is too
 * short
 */
function readSecretsToSet(options: RegisterOptions, { env }: CommandIo): WantedRegistration['secrets'] {
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
function readSettings({
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

/**
 * Checks that the provider can reach the URL. Plain HTTP causes only a warning, because the provider accepts it. A
 * provider on this machine is a test double and may use any URL.
 *
 * @throws {UsageError} for a URL of this machine
 */
function checkPublicUrl(url: URL | undefined, apiUrl: string, onWarning: (line: string) => void): void {
  if (url === undefined || isLoopbackHost(new URL(apiUrl).hostname)) {
    return;
  }
  if (isLoopbackHost(url.hostname)) {
    throw new UsageError(
      `--url: the provider cannot reach ${url.hostname}, which is an address of this machine. Give the public URL.`,
    );
  }
  if (url.protocol === 'http:') {
    onWarning(
      'warning: --url uses http://, so personal data and signatures cross the internet unencrypted. Use https://.',
    );
  }
}

const registerHelpText = `
Set the API user's credentials in COMAPI_API_USERNAME and COMAPI_API_PASSWORD, or the path of a password file in
COMAPI_API_PASSWORD_FILE. Set COMAPI_API_REGION to r1, r2 or r3. A second run with the same options changes nothing and
prints "unchanged". With --dry-run, the command exits with 1 if something would change.

Examples:
  comapi-webhook register --list-events
  comapi-webhook register --webhook crm --url https://hooks.example.com/webhook --secret-file secret \\
    --event message.delivered --event profile.update --dry-run
  comapi-webhook register --webhook crm --event message.sent:channel=sms --batch-size 100 --batch-timeout 1
  COMAPI_API_REGION=r2 comapi-webhook register --webhook crm --delete`;

async function changeRegistration(
  api: WebhookApi,
  options: RegisterOptions,
  wanted: WantedRegistration | undefined,
): Promise<{ readonly text: string; readonly code: number }> {
  const { webhook = '', dryRun = false, setSecret = false } = options;
  if (options.listEvents) {
    return { text: formatAvailableEvents(await api.availableEvents()), code: exitCodes.done };
  }
  const result: ApplyResult =
    wanted === undefined
      ? await deleteRegistration(api, webhook, { dryRun })
      : await applyRegistration(api, await resolveWantedRegistration(api, wanted), { dryRun, setSecret });
  const text = formatApplyResult(result, { webhook, dryRun, deleting: wanted === undefined });
  return { text, code: dryRun && result.action !== 'none' ? exitCodes.failed : exitCodes.done };
}

async function resolveWantedRegistration(
  api: WebhookApi,
  wanted: WantedRegistration,
): Promise<WantedRegistration> {
  const { subscriptions } = wanted;
  return subscriptions === undefined
    ? wanted
    : { ...wanted, subscriptions: resolveSubscriptions(subscriptions, await api.availableEvents()) };
}

interface ApplyContext {
  readonly webhook: string;
  readonly dryRun: boolean;
  readonly deleting: boolean;
}

/** Describes the change that was made to the registration, or with `--dry-run`, the change that would be made. */
export function formatApplyResult(result: ApplyResult, { webhook, dryRun, deleting }: ApplyContext): string {
  const { action, id, changes, secretUnknown } = result;
  const registration = `"${webhook}"${id === undefined ? '' : ` (${id})`}`;
  const unchangedText = deleting ? 'the registration does not exist, so nothing was deleted' : 'unchanged';
  const outcome = action === 'none' ? unchangedText : `${dryRun ? 'would be ' : ''}${changeVerbs[action]}`;
  const lines = [`${registration}: ${outcome}`, ...changes.map(({ text }) => `  ${text}`)];
  if (secretUnknown) {
    lines.push(
      '  secret: unknown, because the provider does not show it. To overwrite it, use --set-secret.',
    );
  }
  return toLines(lines);
}

const changeVerbs = { create: 'created', update: 'updated', delete: 'deleted' } as const;

export function formatAvailableEvents(events: readonly AvailableEvent[]): string {
  const rows = events
    .toSorted((a, b) => (a.type < b.type ? -1 : 1))
    .map(({ type, description = '', filters }) => {
      const names = filters.map(({ name, required }) => (required === true ? `${name} (required)` : name));
      return [type, `${description}${names.length === 0 ? '' : ` [filters: ${names.join(', ')}]`}`];
    });
  return formatTable(rows);
}
