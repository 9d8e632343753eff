interface GivenSeries {
  readonly what: string;
  /** Series in promtool's notation, one sample at each interval. */
  readonly series: Readonly<Record<string, string>>;
  /** Between two samples and two evaluations; a minute unless the case takes days. */
  readonly interval?: '10m';
}

/**
 * `fires`: labels beside the alert's own that the alert must fire with at that time; `undefined`: it must not fire then.
 * `silentUntil`: nor at any time before.
 */
export type AlertCase = GivenSeries &
  (
    | { readonly at: string; readonly fires: Readonly<Record<string, string>> | undefined }
    | { readonly silentUntil: string }
  );

export const everyTenMinutes = (cases: readonly AlertCase[]) =>
  cases.map((each): AlertCase => ({ ...each, interval: '10m' }));

/** By the name of the alert. */
export type AlertCases = Readonly<Record<string, readonly AlertCase[]>>;

export const labels = { namespace: 'messaging', job: 'events-receiver-metrics' };
export const target = 'namespace="messaging",job="events-receiver-metrics"';

/** A pod's labels; `cluster` where one Prometheus sees several. */
export function pod(name: string, cluster?: string): string {
  return `${target},instance="${name}"${cluster === undefined ? '' : `,cluster="${cluster}"`}`;
}

const statusOf = {
  ok: 200,
  sink_timeout: 503,
  aborted: 503,
  overloaded: 503,
  too_large: 413,
  bad_signature: 401,
};

export function requests(reason: keyof typeof statusOf, where = target): string {
  return `comapi_webhook_requests_total{${where},webhook="default",status="${statusOf[reason]}",reason="${reason}"}`;
}

export function lastAccepted(where: string, webhook = 'default'): string {
  return `comapi_webhook_last_accepted_timestamp_seconds{${where},webhook="${webhook}"}`;
}
