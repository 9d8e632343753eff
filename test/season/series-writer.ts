import { pod, target } from '../chart/alerts/cases/alert-case.ts';
import { type Moment, statusOf } from './moment.ts';
import { stepMinutes } from './site.ts';

export interface Sampling {
  /** Number of rollouts so far. The names of the running pods contain it. */
  readonly day: number;
  /** Whether a rollout happens in this step. */
  readonly isStarting: boolean;
  readonly isScraped: boolean;
}

interface PodSampling {
  readonly moment: Moment;
  readonly isSeen: boolean;
  readonly isStarting: boolean;
  /** Number of the canary's synthetic events that this pod has stored. */
  readonly canaries: number;
}

interface Series {
  readonly start: number;
  readonly values: string[];
}

const filterTarget = target.replace('receiver', 'filter');
const canaryJob = 'namespace="messaging",job="kube-state-metrics",cronjob="events-canary"';

/**
 * Simulates the counters of two pods and a filter, and writes the series that Prometheus would scrape. Each counter
 * starts at 0 when its process starts.
 */
export class SeriesWriter {
  readonly #series = new Map<string, Series>();
  readonly #counters = new Map<string, number>();
  /** Time since which the store is unavailable, by pod. 0 while the pod can store events. */
  readonly #unavailableSince = new Map<string, number>();
  /** Start time of each running process, in seconds. */
  readonly #started = new Map<string, number>();
  #current: readonly string[] = [];
  #filtered = 0;
  #lastCanarySeconds: number | undefined;
  #lag = 0;

  step(step: number, moment: Moment, { day, isStarting, isScraped }: Sampling): void {
    const pods = [`a${day}`, `b${day}`];
    if (isStarting) {
      this.#end(this.#current);
    }
    this.#current = pods;
    const canaries = this.#runCanary(step, moment);
    for (const [index, name] of pods.entries()) {
      const isThere = isPodThere(moment.pods, index, step);
      this.#writeLife(name, step, isScraped && isThere, isThere);
      this.#writePod(name, index, step, {
        ...{ moment, isSeen: isScraped && isThere, isStarting },
        // The pods take turns at receiving the canary's delivery.
        canaries: canaryRunOf(step) % 2 === index ? canaries : 0,
      });
      const up = moment.pods === 'gone' ? '_' : isThere ? 1 : 0;
      this.#write(`up{${pod(name)}}`, step, isScraped ? up : '_');
    }
    this.#write(`up{${pod('stuck')}}`, step, moment.hasStuckPod && isScraped ? 0 : '_');
    this.#writeFilter(step, moment, isScraped);
    this.#write(`kube_cronjob_created{${canaryJob}}`, step, isScraped ? 0 : '_');
    if (this.#lastCanarySeconds !== undefined) {
      const last = isScraped ? this.#lastCanarySeconds : '_';
      this.#write(`kube_cronjob_status_last_successful_time{${canaryJob}}`, step, last);
    }
  }

  /** Returns the series in promtool's notation. */
  series(): ReadonlyMap<string, string> {
    return new Map(
      [...this.#series].map(([name, { start, values }]) => [
        name,
        `${start > 0 ? `_x${start} ` : ''}${values.join(' ')}`,
      ]),
    );
  }

  #writeLife(name: string, step: number, isSeen: boolean, isThere: boolean): void {
    if (!isThere) {
      this.#started.delete(name);
    } else if (!this.#started.has(name)) {
      this.#started.set(name, step * stepMinutes * 60);
    }
    this.#write(
      `process_start_time_seconds{${pod(name)}}`,
      step,
      isSeen ? (this.#started.get(name) ?? 0) : '_',
    );
    this.#write(`process_resident_memory_bytes{${pod(name)}}`, step, isSeen ? 50 : '_');
  }

  #writePod(
    name: string,
    index: number,
    step: number,
    { moment, isSeen, isStarting, canaries }: PodSampling,
  ): void {
    const seconds = step * stepMinutes * 60;
    const write = (metric: string, labels: string, value: number) => {
      const all = labels === '' ? pod(name) : `${pod(name)},${labels}`;
      this.#write(`comapi_webhook_${metric}{${all}}`, step, isSeen ? value : '_');
    };
    const count = (metric: string, labels: string, more: number) => {
      const key = `${name} ${metric} ${labels}`;
      const value = (this.#counters.get(key) ?? 0) + more;
      this.#counters.set(key, value);
      write(metric, labels, value);
      return value;
    };
    /** Returns this pod's share of a total: half of it, or all or nothing if one pod is idle. */
    const share = (all: number) =>
      moment.isOneIdle ? (index === 0 ? all : 0) : index === 0 ? Math.ceil(all / 2) : Math.floor(all / 2);
    const webhook = 'webhook="default"';
    const accepted = share(moment.accepted);
    const mismatches = share(moment.refused.get('bad_signature') ?? 0);

    for (const [reason, status] of Object.entries(statusOf)) {
      const requests = reason === 'ok' ? accepted : share(moment.refused.get(reason as never) ?? 0);
      count('requests_total', `${webhook},status="${status}",reason="${reason}"`, requests);
    }
    count('signature_verifications_total', `${webhook},secret="current",result="ok"`, accepted);
    count('signature_failures_total', `${webhook},cause="mismatch"`, mismatches);
    for (const cause of ['missing', 'malformed']) {
      const failures = moment.counted.get(`signature_failures_total{cause="${cause}"}`) ?? 0;
      count('signature_failures_total', `${webhook},cause="${cause}"`, failures);
    }
    count(
      'dead_letters_total',
      `${webhook},reason="not_json"`,
      moment.counted.get('dead_letters_total') ?? 0,
    );
    count('misdirected_deliveries_total', '', share(moment.counted.get('misdirected_deliveries_total') ?? 0));
    count(
      'kafka_throttled_seconds_total',
      'broker="1"',
      moment.counted.get('kafka_throttled_seconds_total') ?? 0,
    );
    const last = (metric: string, happened: boolean, aheadSeconds = 0) => {
      const key = `${name} ${metric}`;
      const value = happened ? seconds : (this.#counters.get(key) ?? 0);
      this.#counters.set(key, value);
      write(metric, webhook, aheadSeconds === 0 ? value : seconds + aheadSeconds);
    };
    last('last_accepted_timestamp_seconds', accepted > 0, index === 0 ? 0 : moment.clockAheadSeconds);
    const stored = moment.sinkUp ? accepted + canaries : 0;
    count('events_total', `${webhook},outcome="stored"`, stored);

    const hasTried = share(moment.refused.get('sink_timeout') ?? 0) > 0;
    const knowsHang = moment.isStoreHanging && hasTried;
    const isReady = moment.ready === 'all' || (moment.ready === 'one' && index === 0);
    write('ready', '', Number(isReady && !isStarting));
    const isStoring = moment.sinkUp && !knowsHang;
    const unavailableSince = isStoring ? 0 : this.#unavailableSince.get(name) || seconds;
    this.#unavailableSince.set(name, unavailableSince);
    write('sink_unavailable_since_timestamp_seconds', '', unavailableSince);
    for (const [gauge, value] of moment.gauges) {
      const labels = {
        secrets: webhook,
        secret_usable: `${webhook},secret="current"`,
        store_topic_weakness: 'topic="events"',
      }[gauge];
      write(gauge, labels ?? `pod="${index === 0 ? 'r-0' : 'r-1'}"`, value);
    }
  }

  /**
   * Runs the canary.
   *
   * @returns the number of synthetic events that were stored
   */
  #runCanary(step: number, { canaryArrives, ready, sinkUp }: Moment): number {
    const isRun = canaryRunOf(step) !== canaryRunOf(step - 1);
    if (!isRun || !canaryArrives || ready === 'none' || !sinkUp) {
      return 0;
    }
    this.#lastCanarySeconds = step * stepMinutes * 60;
    return 1;
  }

  #writeFilter(step: number, moment: Moment, isScraped: boolean): void {
    this.#lag = moment.filterMoves ? 0 : this.#lag + moment.accepted;
    this.#filtered += moment.filterMoves ? moment.accepted : 0;
    const write = (metric: string, labels: string, value: number) =>
      this.#write(
        `comapi_webhook_filter_${metric}{${filterTarget},instance="f"${labels}}`,
        step,
        isScraped ? value : '_',
      );
    write('ready', '', Number(moment.filterReady));
    write('lag_records', ',partition="0"', this.#lag);
    write('records_total', ',outcome="forwarded"', this.#filtered);
  }

  #write(name: string, step: number, value: number | '_'): void {
    let series = this.#series.get(name);
    if (series === undefined) {
      series = { start: step, values: [] };
      this.#series.set(name, series);
    }
    series.values.push(String(value));
  }

  #end(pods: readonly string[]): void {
    for (const name of pods) {
      for (const [series, { values }] of this.#series) {
        if (series.includes(`instance="${name}"`)) {
          values.push('stale');
        }
      }
    }
  }
}

/** Returns the number of the canary run at this step. The canary runs every 15 minutes. */
function canaryRunOf(step: number): number {
  return Math.floor((step * stepMinutes) / 15);
}

function isPodThere(pods: Moment['pods'], index: number, step: number): boolean {
  switch (pods) {
    case 'there':
      return true;
    case 'one hangs':
      return index === 0;
    case 'looping':
      return step % 15 !== 14;
    case 'crashing':
      return index === 0 || step % 3 === 0;
    case 'gone':
      return false;
  }
}
