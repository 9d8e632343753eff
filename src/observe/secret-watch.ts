import { SecretReader } from '../config/secret-source.ts';
import type { WebhookConfig } from '../config/webhook-config.ts';
import type { Clock } from '../runtime/clock.ts';
import { audit, type Logger } from '../runtime/logger.ts';
import type { CheckState } from '../runtime/readiness-check.ts';
import { ReloadingValue } from '../runtime/reloading-value.ts';
import type { SecretsAround } from '../webhook/explain/near-secrets.ts';
import type { KnownSecrets, Secret } from '../webhook/secret.ts';

export interface SecretWatchDeps {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly intervalMs: number;
}

/** The secrets of all registrations, as they are now: read at an interval. */
export class SecretWatch {
  readonly #watched: ReadonlyMap<string, ReloadingValue<KnownSecrets>>;
  readonly #removed: RemovedSecrets;

  constructor(webhooks: readonly WebhookConfig[], deps: SecretWatchDeps) {
    const removed = new RemovedSecrets(deps.clock);
    this.#removed = removed;
    this.#watched = new Map(
      webhooks.map((webhook) => [webhook.name, watchSecrets(webhook, { ...deps, removed })]),
    );
  }

  of(webhook: string): KnownSecrets {
    return this.#watched.get(webhook)?.current ?? { secrets: [], problems: [] };
  }

  current(): readonly { readonly webhook: string; readonly known: KnownSecrets }[] {
    return Array.from(this.#watched, ([webhook, { current: known }]) => ({ webhook, known }));
  }

  /** Every secret that a signature for this registration may be of. */
  around(webhook: string): SecretsAround {
    const others = this.current().filter((each) => each.webhook !== webhook);
    return {
      own: this.of(webhook).secrets,
      removed: this.#removed.of(webhook),
      others: others.flatMap(({ webhook: name, known }) =>
        known.secrets.map((secret) => ({ ...secret, webhook: name })),
      ),
    };
  }

  /** Not ok when no registration has a usable secret. A single registration without one does not stop the others. */
  check(): CheckState {
    const current = this.current();
    return {
      ok: current.some(({ known }) => known.secrets.length > 0),
      detail: current
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
      const change = describeSecretChange(value.current, known);
      removed.remember(name, value.current, known);
      audit(logger, 'secrets_changed', { webhook: name, ...change }, 'the secrets have changed');
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
  return secrets.length === 0 ? [...messages, 'there is no secret that can be used'] : messages;
}

function reportProblems(webhook: string, known: KnownSecrets, logger: Logger): void {
  const problems = describeProblems(known);
  if (problems.length > 0) {
    logger.error({ webhook, faults: problems }, 'secrets cannot be used, so what they sign is answered 503');
  }
}

/** What changed between two moments, by labels alone. */
export function describeSecretChange(before: KnownSecrets, after: KnownSecrets) {
  const old = toValues(before);
  const now = toValues(after);
  return {
    added: [...now.keys()].filter((label) => !old.has(label)),
    removed: [...old.keys()].filter((label) => !now.has(label)),
    // Another value has the same label.
    replaced: [...now]
      .filter(([label, value]) => old.has(label) && old.get(label) !== value)
      .map(([label]) => label),
    // They are there, and cannot be used now.
    unusable: after.problems.map(({ label }) => label ?? 'the whole directory'),
  };
}

function toValues({ secrets }: KnownSecrets): ReadonlyMap<string, string> {
  return new Map(secrets.map(({ label, value }) => [label, value]));
}

/** As long as the provider sends a delivery again. */
const keptMs = 24 * 3_600_000;

/** How many are kept for each registration, the latest. */
const mostKept = 4;

interface Removed extends Secret {
  readonly removedAt: number;
}

/**
 * Secrets that were removed or replaced lately. They verify nothing: a signature of one is refused, and it can be said that it
 * is of one. A process knows those alone that it had itself.
 */
export class RemovedSecrets {
  readonly #clock: Clock;
  readonly #removed = new Map<string, readonly Removed[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  remember(webhook: string, before: KnownSecrets, after: KnownSecrets): void {
    const valid = new Set(after.secrets.map(({ value }) => value));
    const removedAt = this.#clock.now();
    const removed = before.secrets.map((secret) => ({ ...secret, removedAt }));
    const all = [...removed, ...this.of(webhook)];
    this.#removed.set(webhook, all.filter(({ value }) => !valid.has(value)).slice(0, mostKept));
  }

  of(webhook: string): readonly Removed[] {
    const now = this.#clock.now();
    const kept = (this.#removed.get(webhook) ?? []).filter(({ removedAt }) => now - removedAt < keptMs);
    this.#removed.set(webhook, kept);
    return kept;
  }
}
