import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { retryFromPresentState } from '../provider/api/provider-api-error.ts';
import { createWebhookApi } from '../provider/registration/webhook-api.ts';
import { findDrift, formatDrift } from '../reconcile/registration-drift.ts';
import { type CommandIo, writeText } from './command-io.ts';
import { readValidSecrets } from './read-secret.ts';
import type { ReconcileContext } from './reconcile-command.ts';
import { type RegisterOptions, readSettings } from './register-options.ts';

export interface RegistrationFlags extends Omit<RegisterOptions, 'name'> {
  /** Its name at the provider. */
  readonly registration?: string;
}

/**
 * Reads what was declared of a registration before anything is asked.
 *
 * @returns the part that compares it with the provider's; `undefined` when no registration is named
 * @throws {UsageError}
 */
export function readRegistrationPart(flags: RegistrationFlags, io: CommandIo, command: Command) {
  const { registration: name, secretFile, secretDir } = flags;
  if (name === undefined) {
    return undefined;
  }
  const isSecretKnown = (secretFile ?? secretDir ?? (io.env.WEBHOOK_SECRET || undefined)) !== undefined;
  const secrets = isSecretKnown ? readValidSecrets(flags, io.env) : [];
  const declared = { ...readSettings({ ...flags, name }, command), secrets };

  return async ({ signal, api: config, output }: ReconcileContext): Promise<boolean> => {
    const api = createWebhookApi(config);
    const drift = await retryFromPresentState(() => findDrift(api, declared), {
      delay: (ms) => delay(ms, undefined, { signal }),
      onNotice: (line) => writeText(io.stderr, `${line}\n`),
    });
    await output.write(output.json ? JSON.stringify(drift) : formatDrift(drift));
    return drift.state === 'as_declared';
  };
}
