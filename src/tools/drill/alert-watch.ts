import { describeFetchError } from '../../runtime/errors.ts';
import { readBoundedText } from '../../runtime/read-bounded-text.ts';
import { type AlertScope, hasSeries, type RuleReading, readAlertmanager, readRules } from './read-alerts.ts';

export interface AlertWatch {
  /** Whether Prometheus has metrics of a receiver with these labels: no alert would come otherwise. */
  hasReceiver(): Promise<boolean>;
  /**
   * What Prometheus says, and whether the Alertmanager has the alert; `undefined` of a rule that is not there.
   *
   * @throws {Error} when one of them does not answer
   */
  read(alert: string): Promise<AlertReading | undefined>;
}

export interface AlertReading extends RuleReading {
  /** The same as `isFiring` where no Alertmanager is asked. */
  readonly isNotified: boolean;
}

export interface AlertWatchOptions {
  /** With a path, if they are behind one. */
  readonly prometheus: URL;
  readonly alertmanager?: URL | undefined;
  readonly scope: AlertScope;
}

const timeoutMs = 10_000;

export function createAlertWatch({ prometheus, alertmanager, scope }: AlertWatchOptions): AlertWatch {
  return {
    async hasReceiver() {
      const labels = Object.entries(scope).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
      const query = new URLSearchParams({ query: `comapi_webhook_ready{${labels.join(',')}}` });
      return hasSeries(await ask(prometheus, `api/v1/query?${query.toString()}`));
    },
    async read(alert) {
      // Hundreds of other rules would come as well.
      const query = new URLSearchParams({ type: 'alert', 'rule_name[]': alert });
      const rule = readRules(await ask(prometheus, `api/v1/rules?${query.toString()}`), alert, scope);
      if (rule === undefined || alertmanager === undefined) {
        return rule && { ...rule, isNotified: rule.isFiring };
      }
      const filter = new URLSearchParams({ filter: `alertname="${alert}"` });
      const answer = await ask(alertmanager, `api/v2/alerts?${filter.toString()}`);
      return { ...rule, isNotified: readAlertmanager(answer, alert, scope) };
    },
  };
}

async function ask(base: URL, path: string): Promise<string> {
  const url = new URL(path, base.href.endsWith('/') ? base : `${base.href}/`);
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    const text = await readBoundedText(response.body);
    if (!response.ok) {
      throw new Error(`it is answered ${response.status}`);
    }
    return text;
  } catch (error) {
    throw new Error(`No answer from ${url.href}: ${describeFetchError(error)}`, { cause: error });
  }
}
