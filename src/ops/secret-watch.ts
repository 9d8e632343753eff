import { ensureDevelopmentSecret, readSecrets } from '../config/secret-source.ts';
import type { WebhookConfig } from '../config/webhook-config.ts';
import { audit } from '../runtime/audit.ts';
import type { Logger } from '../runtime/logger.ts';
import type { ReadinessCheck } from '../runtime/readiness-check.ts';
import { createReloadingValue, type ReloadingValue } from '../runtime/reloading-value.ts';
import type { KnownSecrets } from '../webhook/secret.ts';

/** The secrets of all registrations, as they are now. */
export interface SecretWatch {
  of(webhook: string): KnownSecrets;
  current(): readonly { readonly webhook: string; readonly known: KnownSecrets }[];
  /** Not ok when no registration has a usable secret. A single registration without one does not stop the others. */
  readonly check: ReadinessCheck['check'];
  stop(): void;
}

export interface SecretWatchDeps {
  readonly logger: Logger;
  readonly intervalMs: number;
}

/** Reads the secrets of each registration at an interval. Creates the secret of a development start. */
export function createSecretWatch(
  webhooks: readonly WebhookConfig[],
  { logger, intervalMs }: SecretWatchDeps,
): SecretWatch {
  const watched = webhooks.map(({ name, secrets: source }) => {
    if (source.kind === 'generated') {
      ensureDevelopmentSecret(source.file);
    }
    const value: ReloadingValue<KnownSecrets> = createReloadingValue({
      name: `secrets of ${name}`,
      load: () => readSecrets(source),
      onChange(known) {
        const change = describeSecretChange(value.current, known);
        audit(logger, 'secrets_changed', { webhook: name, ...change }, 'the secrets have changed');
        reportFaults(name, known, logger);
      },
      intervalMs,
      logger,
    });
    reportFaults(name, value.current, logger);
    return { name, value };
  });
  const byName = new Map(watched.map(({ name, value }) => [name, value]));
  const current = () => watched.map(({ name, value }) => ({ webhook: name, known: value.current }));
  return {
    of: (webhook) => byName.get(webhook)?.current ?? { secrets: [], faults: [] },
    current,
    check: () => ({
      ok: watched.some(({ value }) => value.current.secrets.length > 0),
      detail: current()
        .flatMap(({ webhook, known }) => describeFaults(known).map((fault) => `${webhook}: ${fault}`))
        .join('; '),
    }),
    stop() {
      for (const { value } of watched) {
        value.stop();
      }
    },
  };
}

function describeFaults({ secrets, faults }: KnownSecrets): string[] {
  const messages = faults.map(({ message }) => message);
  return secrets.length === 0 ? [...messages, 'there is no secret that can be used'] : messages;
}

function reportFaults(webhook: string, known: KnownSecrets, logger: Logger): void {
  const faults = describeFaults(known);
  if (faults.length > 0) {
    logger.error({ webhook, faults }, 'secrets cannot be used, so what they sign is answered 503');
  }
}

/** What changed between two moments, by labels alone. */
export interface SecretChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Another value has the same label. */
  readonly replaced: readonly string[];
  /** They are there, and cannot be used now. */
  readonly unusable: readonly string[];
}

export function describeSecretChange(before: KnownSecrets, after: KnownSecrets): SecretChange {
  const old = toValues(before);
  const now = toValues(after);
  return {
    added: [...now.keys()].filter((label) => !old.has(label)),
    removed: [...old.keys()].filter((label) => !now.has(label)),
    replaced: [...now]
      .filter(([label, value]) => old.has(label) && old.get(label) !== value)
      .map(([label]) => label),
    unusable: after.faults.map(({ label }) => label ?? 'the whole directory'),
  };
}

function toValues({ secrets }: KnownSecrets): ReadonlyMap<string, string> {
  return new Map(secrets.map(({ label, value }) => [label, value]));
}
