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
    .option('--webhook <name>', 'the registration, which is found by this name');
  return addSettingOptions(named)
    .option('--set-secret', 'write the secret even when the provider does not show which one it has')
    .option(
      '--wait-for-receiver <duration>',
      'first wait until a receiver answers at --url, at most this long: 500ms, 30s, 5m or 2h',
      parseDurationMs,
    )
    .option('--delete', 'delete the registration of that name')
    .option('--list-events', 'show the events that the account can subscribe to, and their filters')
    .option(...yesOption)
    .option('--dry-run', 'show what would change, change nothing')
    .addHelpText('after', helpText)
    .action(async (options: RegisterOptions, command: Command) => {
      checkRegisterOptions(options, command);
      // Every problem of the command line is found before the first call.
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
 * The provider forwards to plain HTTP too, so it is only said what that means. A provider on this machine is that of a test.
 *
 * @throws {UsageError} for a URL of this machine
 */
function checkPublic(url: URL | undefined, apiUrl: string, onWarning: (line: string) => void): void {
  if (url === undefined || isLoopbackHost(new URL(apiUrl).hostname)) {
    return;
  }
  if (isLoopbackHost(url.hostname)) {
    throw new UsageError('--url: Give the public URL: by this one the provider would reach itself.');
  }
  if (url.protocol === 'http:') {
    onWarning('warning: --url is http://: personal data and signatures cross the internet in the clear');
  }
}

const helpText = `
The API user's credentials come from COMAPI_API_USERNAME and COMAPI_API_PASSWORD, or the password from a file that
COMAPI_API_PASSWORD_FILE names; never from the command line. COMAPI_API_REGION is r1, r2 or r3.
A second run with the same options changes nothing and says "unchanged". --dry-run exits with 1 when something would change.

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

/** What was done to the registration, or would be. */
export function formatApplyResult(result: ApplyResult, { webhook, dryRun, deleting }: Context): string {
  const { action, id, changes, secretUnknown } = result;
  const who = `"${webhook}"${id === undefined ? '' : ` (${id})`}`;
  const lines =
    action === 'none'
      ? [deleting ? `${who}: there is no such registration, nothing to delete` : `${who}: unchanged`]
      : [`${who}: ${dryRun ? `would be ${pastOf[action]}` : pastOf[action]}`];
  lines.push(...changes.map(({ text }) => `  ${text}`));
  if (secretUnknown) {
    lines.push('  secret: the provider does not show which one it has; --set-secret writes it');
  }
  return toLines(lines);
}

const pastOf = { create: 'created', update: 'updated', delete: 'deleted' } as const;

export function formatAvailableEvents(events: readonly AvailableEvent[]): string {
  const rows = events
    .toSorted((a, b) => (a.type < b.type ? -1 : 1))
    .map(({ type, description = '', filters }) => {
      const names = filters.map(({ name, required }) => (required === true ? `${name} (required)` : name));
      return [type, `${description}${names.length === 0 ? '' : ` [filters: ${names.join(', ')}]`}`];
    });
  return formatTable(rows);
}
