import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { loadWebhooks } from '../config/command-config.ts';
import { readSecrets } from '../config/secret-source.ts';
import type { Env } from '../runtime/config-error.ts';
import { describeError, UsageError } from '../runtime/errors.ts';
import type { Finding } from '../runtime/finding.ts';
import { retryFromPresentState } from '../tools/provider/api/provider-api-error.ts';
import type { WantedRegistration } from '../tools/provider/registration/registration.ts';
import { createWebhookApi } from '../tools/provider/registration/webhook-api.ts';
import { findDrift, formatDrift, type RegistrationDrift } from '../tools/reconcile/registration-drift.ts';
import { type CommandIo, writeLine } from './command-io.ts';
import { isSecretGiven, readValidSecrets } from './read-secret.ts';
import type { PartResult, ReconcileContext } from './reconcile-parts.ts';
import { type RegisterOptions, readSettings } from './register-options.ts';

export interface RegistrationFlags extends Omit<RegisterOptions, 'webhook'> {
  /** Its name at the provider; `true`: each that the receiver's variables name. */
  readonly webhook?: string | true;
  readonly webhookPrefix?: string;
}

/**
 * Reads what was declared before anything is asked.
 *
 * @returns the part that compares it with the provider's; `undefined` when no registration is asked for
 * @throws {UsageError}
 */
export function readRegistrationPart(flags: RegistrationFlags, io: CommandIo, command: Command) {
  const listDeclared = readDeclared(flags, io, command);
  if (listDeclared === undefined) {
    return undefined;
  }
  return async ({ signal, api: config }: ReconcileContext): Promise<PartResult> => {
    const api = createWebhookApi(config);
    const drifts: RegistrationDrift[] = [];
    for (const each of listDeclared()) {
      const drift = await retryFromPresentState(() => findDrift(api, each), {
        delay: (ms) => delay(ms, undefined, { signal }),
        onNotice: (line) => writeLine(io.stderr, line),
      });
      drifts.push(drift);
    }
    const text = drifts.map(formatDrift).join('').trimEnd();
    const isGood = drifts.every(({ state }) => state === 'as_declared');
    const finding: Finding = { answer: isGood ? 'yes' : 'no', text };
    return { finding, json: drifts };
  };
}

function readDeclared(
  flags: RegistrationFlags,
  { env }: CommandIo,
  command: Command,
): (() => readonly WantedRegistration[]) | undefined {
  const { webhook, webhookPrefix = '', secretFile, secretDir, url: base } = flags;
  if (webhook === undefined) {
    return undefined;
  }
  const settings = readSettings(flags, command);
  if (webhook !== true) {
    const secrets = isSecretGiven(flags, env) ? readValidSecrets(flags, env) : [];
    return () => [{ ...settings, name: webhookPrefix + webhook, secrets }];
  }
  if ((secretFile ?? secretDir) !== undefined) {
    throw new UsageError('--webhook without a name takes the secrets of the receiver: name it, or give none');
  }
  return () =>
    readWebhooks(env).map(({ name, path, secrets }) => ({
      ...settings,
      ...(base && { url: `${base.href.replace(/\/$/, '')}${path}` }),
      name: webhookPrefix + name,
      secrets: readSecrets(secrets).secrets,
    }));
}

/** A registration without a usable secret is what this part says: the others are compared all the same. */
function readWebhooks(env: Env) {
  try {
    return loadWebhooks(env);
  } catch (cause) {
    throw new Error(describeError(cause), { cause });
  }
}
