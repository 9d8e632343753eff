import { SecretReader } from '../config/secret-source.ts';
import type { WebhookConfig } from '../config/webhook-config.ts';
import type { Clock } from '../runtime/clock.ts';
import { type Logger, writeAuditLine } from '../runtime/logger.ts';
import type { CheckState } from '../runtime/readiness-check.ts';
import { ReloadingValue } from '../runtime/reloading-value.ts';
import type { CandidateSecrets } from '../webhook/explain/similar-secrets.ts';
import type { KnownSecrets, Secret } from '../webhook/secret.ts';

export interface SecretWatchDeps {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly intervalMs: number;
}

/** Keeps the secrets of all registrations current by reading them at an interval. */
export class SecretWatch {
  readonly #watched: ReadonlyMap<string, ReloadingValue<KnownSecrets>>;
  readonly #removed: RemovedSecrets;

  constructor(webhooks: readonly WebhookConfig[], deps: SecretWatchDeps) {
    const removedSecrets = new RemovedSecrets(deps.clock);
    this.#removed = removedSecrets;
    this.#watched = new Map(
      webhooks.map((webhook) => [webhook.name, watchSecrets(webhook, { ...deps, removed: removedSecrets })]),
    );
  }

  of(webhook: string): KnownSecrets {
    return this.#watched.get(webhook)?.current ?? { secrets: [], problems: [] };
  }

  current(): readonly { readonly webhook: string; readonly known: KnownSecrets }[] {
    return Array.from(this.#watched, ([webhook, { current: known }]) => ({ webhook, known }));
  }

  /** Returns the secrets with which a sender may have signed a delivery to this registration. */
  around(webhook: string): CandidateSecrets {
    const otherWebhooks = this.current().filter((each) => each.webhook !== webhook);
    return {
      own: this.of(webhook).secrets,
      removed: this.#removed.of(webhook),
      others: otherWebhooks.flatMap(({ webhook: name, known }) =>
        known.secrets.map((secret) => ({ ...secret, webhook: name })),
      ),
    };
  }

  /**
   * Returns the secrets check. It fails only if no registration has a usable secret, because one registration without
   * a secret does not affect the others.
   */
  check(): CheckState {
    const currentSecrets = this.current();
    return {
      ok: currentSecrets.some(({ known }) => known.secrets.length > 0),
      detail: currentSecrets
        .flatMap(({ webhook, known }) => describeProblems(known).map((problem) => `${webhook}: ${problem}`))
        .join('; '),
    };
  }

  stop(): void {
    for (const value of this.#watched.values()) {
      value.stop();
    }
  }
}

function watchSecrets(
  { name, secrets: source }: WebhookConfig,
  { logger, intervalMs, removed }: SecretWatchDeps & { readonly removed: RemovedSecrets },
): ReloadingValue<KnownSecrets> {
  const reader = new SecretReader(source);
  const value: ReloadingValue<KnownSecrets> = new ReloadingValue({
    name: `secrets of ${name}`,
    load: () => reader.read(),
    reload: () => reader.reread(),
    onChange(known) {
      const secretChange = describeSecretChange(value.current, known);
      removed.remember(name, value.current, known);
      writeAuditLine(
        logger,
        'secrets_changed',
        { webhook: name, ...secretChange },
        'the webhook secrets have changed',
      );
      reportProblems(name, known, logger);
    },
    intervalMs,
    logger,
  });
  reportProblems(name, value.current, logger);
  return value;
}

function describeProblems({ secrets, problems }: KnownSecrets): string[] {
  const messages = problems.map(({ message }) => message);
  return secrets.length === 0 ? [...messages, 'no secret is usable'] : messages;
}

function reportProblems(webhook: string, known: KnownSecrets, logger: Logger): void {
  const problems = describeProblems(known);
  if (problems.length > 0) {
    logger.error(
      { webhook, faults: problems },
      'some secrets are unusable: a delivery gets 503 if none of the usable secrets verifies its signature',
    );
  }
}

/** Describes the changes between two versions of the secrets. The description contains labels but never values. */
export function describeSecretChange(before: KnownSecrets, after: KnownSecrets) {
  const old = mapSecretsByLabel(before);
  const now = mapSecretsByLabel(after);
  return {
    added: [...now.keys()].filter((label) => !old.has(label)),
    removed: [...old.keys()].filter((label) => !now.has(label)),
    // Labels of the secrets that have a new value.
    replaced: [...now]
      .filter(([label, value]) => old.has(label) && old.get(label) !== value)
      .map(([label]) => label),
    // Secrets that exist but cannot be used.
    unusable: after.problems.map(({ label }) => label ?? 'the whole directory'),
  };
}

function mapSecretsByLabel({ secrets }: KnownSecrets): ReadonlyMap<string, string> {
  return new Map(secrets.map(({ label, value }) => [label, value]));
}

/** Time for which removed secrets are kept, which equals the provider's retry period. */
const removedSecretRetentionMs = 24 * 3_600_000;

/** Maximum number of removed secrets that are kept per registration. The most recently removed secrets are kept. */
const maxRemovedSecrets = 4;

interface RemovedSecret extends Secret {
  readonly removedAt: number;
}

/**
 * Recently removed or replaced secrets. A signature with a removed secret is rejected, but the cause can be reported.
 * A process knows only the removed secrets that it has used itself.
 */
export class RemovedSecrets {
  readonly #clock: Clock;
  readonly #removed = new Map<string, readonly RemovedSecret[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  remember(webhook: string, before: KnownSecrets, after: KnownSecrets): void {
    const validSecrets = new Set(after.secrets.map(({ value }) => value));
    const removedAt = this.#clock.now();
    const newlyRemovedSecrets = before.secrets.map((secret) => ({ ...secret, removedAt }));
    const all = [...newlyRemovedSecrets, ...this.of(webhook)];
    this.#removed.set(
      webhook,
      all.filter(({ value }) => !validSecrets.has(value)).slice(0, maxRemovedSecrets),
    );
  }

  of(webhook: string): readonly RemovedSecret[] {
    const now = this.#clock.now();
    const keptSecrets = (this.#removed.get(webhook) ?? []).filter(
      ({ removedAt }) => now - removedAt < removedSecretRetentionMs,
    );
    this.#removed.set(webhook, keptSecrets);
    return keptSecrets;
  }
}
