interface GivenSeries {
  readonly what: string;
  /** Values of each series in the notation of promtool, with one sample for each interval. */
  readonly series: Readonly<Record<string, string>>;
  /**
   * Interval between two samples and between two evaluations. The default is one minute. Cases that span days use a
   * longer interval.
   */
  readonly interval?: '10m';
}

/**
 * `fires`: labels of the firing alert at that time, in addition to the labels that the alert sets. `undefined`: the
 * alert must not fire at that time. `silentUntil`: the alert must not fire at or before that time.
 */
export type AlertCase = GivenSeries &
  (
    | { readonly at: string; readonly fires: Readonly<Record<string, string>> | undefined }
    | { readonly silentUntil: string }
  );

export const everyTenMinutes = (cases: readonly AlertCase[]) =>
  cases.map((each): AlertCase => ({ ...each, interval: '10m' }));

/** Test cases, by alert name. */
export type AlertCases = Readonly<Record<string, readonly AlertCase[]>>;

export const labels = { namespace: 'messaging', job: 'events-receiver-metrics' };
export const target = 'namespace="messaging",job="events-receiver-metrics"';

/** Labels of a pod. `cluster` is set if a single Prometheus scrapes several clusters. */
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
