import type { Registry } from 'prom-client';
import { toIso } from '../../runtime/format.ts';
import type { KnownSecrets } from '../../webhook/secret.ts';
import type { SecretWatch } from '../secret-watch.ts';
import { readSeries } from './process-report.ts';
import { longestRetryPauseMs, type RefusalLog, type RefusedRun, retriedForMs } from './refusal-log.ts';
import type { RefusedReport, RegistrationReport, RetryReport, SecretReport } from './status-report.ts';

export interface RegistrationReportDeps {
  readonly webhooks: readonly { readonly name: string; readonly path: string }[];
  readonly secrets: Pick<SecretWatch, 'of'>;
  readonly refusals: Pick<RefusalLog, 'refusedRun'>;
  readonly registry: Registry;
}

export async function reportRegistrations(
  { webhooks, secrets, refusals, registry }: RegistrationReportDeps,
  nowMs: number,
): Promise<readonly RegistrationReport[]> {
  const accepted = await readSeries(registry, 'comapi_webhook_last_accepted_timestamp_seconds');
  const verifications = await readSeries(registry, 'comapi_webhook_signature_verifications_total');
  const own = await readSeries(registry, 'comapi_webhook_own_deliveries_total');
  const acceptedAt = new Map(accepted.map(({ labels, value }) => [labels.webhook, value]));
  const verified = new Map(
    verifications
      .filter(({ labels: { result } }) => result === 'ok')
      .map(({ labels: { webhook, secret }, value }) => [toKey(String(webhook), String(secret)), value]),
  );

  return webhooks.map(({ name, path }) => {
    const seconds = acceptedAt.get(name) ?? 0;
    const run = refusals.refusedRun(name);
    return {
      name,
      path,
      lastAcceptedAt: seconds === 0 ? undefined : toIso(Math.round(seconds * 1_000)),
      own: own
        .filter(({ labels, value }) => labels.webhook === name && labels.reason === 'ok' && value > 0)
        .map(({ labels, value }) => ({ event: String(labels.event), accepted: value })),
      secrets: listSecrets(secrets.of(name), (label) => verified.get(toKey(name, label)) ?? 0),
      refused: run && toRefused(run, nowMs),
    };
  });
}

function toKey(webhook: string, secret: string): string {
  return JSON.stringify([webhook, secret]);
}

/** By label, never with their values. */
function listSecrets(
  { secrets, problems }: KnownSecrets,
  countVerified: (label: string) => number,
): SecretReport[] {
  return [
    ...secrets.map(({ label }) => ({ label, verified: countVerified(label) })),
    ...problems.map(({ label, message: problem }) => ({
      label,
      verified: label === undefined ? 0 : countVerified(label),
      problem,
    })),
  ];
}

function toRefused({ since, until, count, isOver }: RefusedRun, nowMs: number): RefusedReport {
  const repeatedBy = toIso(until + longestRetryPauseMs);
  return { ...toRetry(since, nowMs), until: toIso(until), count, isOver, repeatedBy };
}

/** @param since epoch milliseconds of the first refusal */
export function toRetry(since: number, nowMs: number): RetryReport {
  const lossFrom = since + retriedForMs;
  const secondsLeft = Math.max(0, Math.round((lossFrom - nowMs) / 1_000));
  return { since: toIso(since), lossFrom: toIso(lossFrom), secondsLeft };
}
