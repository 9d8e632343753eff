import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { loadProviderApiConfig } from '../config/provider-api-config.ts';
import { findUnknownVariables } from '../config/unused-variables.ts';
import { systemClock } from '../runtime/clock.ts';
import { UsageError } from '../runtime/errors.ts';
import { isLoopbackHost } from '../runtime/loopback-host.ts';
import { exitCodes } from '../runtime/run-process.ts';
import { toLines } from '../runtime/untrusted-text.ts';
import { retryFromPresentState } from '../tools/provider/api/provider-api-error.ts';
import {
  type ApplyResult,
  applyRegistration,
  deleteRegistration,
} from '../tools/provider/registration/apply-registration.ts';
import type { AvailableEvent, WantedRegistration } from '../tools/provider/registration/registration.ts';
import { resolveSubscriptions } from '../tools/provider/registration/subscriptions.ts';
import { createWebhookApi, type WebhookApi } from '../tools/provider/registration/webhook-api.ts';
import { type CommandIo, formatTable, writeLine, writeText } from './command-io.ts';
import { confirmAction, yesOption } from './confirm-action.ts';
import { loadAndWarn } from './load-config.ts';
import { parseDurationMs } from './option-parsers.ts';
import {
  addSettingOptions,
  checkRegisterOptions,
  type RegisterOptions,
  readSecretsToSet,
  readSettings,
} from './register-options.ts';
import { waitForReceiver } from './wait-for-receiver.ts';

export function createRegisterCommand(io: CommandIo): Command {
  const named = new Command('register')
    .description("create, update or delete a webhook registration through the provider's Webhook API")
    .option('--webhook <name>', 'name of the registration');
  return addSettingOptions(named)
    .option('--set-secret', 'write the secret even if the provider does not show the current one')
    .option(
      '--wait-for-receiver <duration>',
      'before registering, wait up to this time for a receiver to respond at --url: 500ms, 30s, 5m or 2h',
      parseDurationMs,
    )
    .option('--delete', 'delete the registration')
    .option('--list-events', 'list the events that the account can subscribe to, and their filters')
    .option(...yesOption)
    .option('--dry-run', 'print the changes without making them')
    .addHelpText('after', helpText)
    .action(async (options: RegisterOptions, command: Command) => {
      checkRegisterOptions(options, command);
      // All errors of the command line are reported before the first API call.
      const wanted =
        (options.listEvents ?? options.delete)
          ? undefined
          : {
              name: options.webhook ?? '',
              secrets: readSecretsToSet(options, io),
              ...readSettings(options),
            };
      const config = loadAndWarn(io, loadProviderApiConfig, findUnknownVariables);
      if (options.delete === true && options.dryRun !== true) {
        await confirmAction(`Delete the registration "${options.webhook}"`, options, io);
      }
      const onWarning = (line: string) => writeLine(io.stderr, line);
      checkPublic(options.url, config.baseUrl, onWarning);
      if (options.url !== undefined && options.waitForReceiver !== undefined) {
        await waitForReceiver({
          url: options.url,
          timeoutMs: options.waitForReceiver,
          clock: systemClock,
          onWarning,
        });
      }
      const api = createWebhookApi(config);
      const { text, code } = await retryFromPresentState(() => run(api, options, wanted), {
        delay,
        onWarning,
      });
      writeText(io.stdout, text);
      io.exit(code);
    });
}

/**
 * Checks that the provider can reach the URL. Plain HTTP causes only a warning, because the provider accepts it. A
 * provider on this machine is a test double and may use any URL.
 *
 * @throws {UsageError} for a URL of this machine
 */
function checkPublic(url: URL | undefined, apiUrl: string, onWarning: (line: string) => void): void {
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

const helpText = `
Set the API user's credentials in COMAPI_API_USERNAME and COMAPI_API_PASSWORD, or the path of a password file in
COMAPI_API_PASSWORD_FILE. Set COMAPI_API_REGION to r1, r2 or r3. A second run with the same options changes nothing and
prints "unchanged". With --dry-run, the command exits with 1 if something would change.

Examples:
  comapi-webhook register --list-events
  comapi-webhook register --webhook crm --url https://hooks.example.com/webhook --secret-file secret \\
    --event message.delivered --event profile.update --dry-run
  comapi-webhook register --webhook crm --event message.sent:channel=sms --batch-size 100 --batch-timeout 1
  COMAPI_API_REGION=r2 comapi-webhook register --webhook crm --delete`;

async function run(
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
      : await applyRegistration(api, await resolve(api, wanted), { dryRun, setSecret });
  const text = formatApplyResult(result, { webhook, dryRun, deleting: wanted === undefined });
  return { text, code: dryRun && result.action !== 'none' ? exitCodes.failed : exitCodes.done };
}

async function resolve(api: WebhookApi, wanted: WantedRegistration): Promise<WantedRegistration> {
  const { subscriptions } = wanted;
  return subscriptions === undefined
    ? wanted
    : { ...wanted, subscriptions: resolveSubscriptions(subscriptions, await api.availableEvents()) };
}

interface Context {
  readonly webhook: string;
  readonly dryRun: boolean;
  readonly deleting: boolean;
}

/** Describes the change that was made to the registration, or with `--dry-run`, the change that would be made. */
export function formatApplyResult(result: ApplyResult, { webhook, dryRun, deleting }: Context): string {
  const { action, id, changes, secretUnknown } = result;
  const registration = `"${webhook}"${id === undefined ? '' : ` (${id})`}`;
  const unchanged = deleting ? 'the registration does not exist, so nothing was deleted' : 'unchanged';
  const outcome = action === 'none' ? unchanged : `${dryRun ? 'would be ' : ''}${pastParticiples[action]}`;
  const lines = [`${registration}: ${outcome}`, ...changes.map(({ text }) => `  ${text}`)];
  if (secretUnknown) {
    lines.push('  secret: unknown, because the provider does not show it; write it with --set-secret');
  }
  return toLines(lines);
}

const pastParticiples = { create: 'created', update: 'updated', delete: 'deleted' } as const;

export function formatAvailableEvents(events: readonly AvailableEvent[]): string {
  const rows = events
    .toSorted((a, b) => (a.type < b.type ? -1 : 1))
    .map(({ type, description = '', filters }) => {
      const names = filters.map(({ name, required }) => (required === true ? `${name} (required)` : name));
      return [type, `${description}${names.length === 0 ? '' : ` [filters: ${names.join(', ')}]`}`];
    });
  return formatTable(rows);
}
