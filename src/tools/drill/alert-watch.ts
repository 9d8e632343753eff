import * as v from 'valibot';
import { describeIssue } from '../../config/describe-issue.ts';
import { describeFetchError } from '../../runtime/errors.ts';
import { readBoundedText } from '../../runtime/read-bounded-text.ts';

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

/** Whose alert: labels that it must have. */
type AlertScope = Readonly<Record<string, string>>;

interface RuleReading {
  readonly isFiring: boolean;
  /** How long the expression must hold before the alert fires. */
  readonly forMs: number;
}

const labels = v.record(v.string(), v.string());

const rulesSchema = v.object({
  data: v.object({
    groups: v.array(
      v.object({
        rules: v.array(
          v.object({
            name: v.string(),
            duration: v.optional(v.number(), 0),
            alerts: v.optional(v.array(v.object({ state: v.string(), labels })), []),
          }),
        ),
      }),
    ),
  }),
});

const seriesSchema = v.object({ data: v.object({ result: v.array(v.unknown()) }) });

const alertmanagerSchema = v.array(v.object({ labels }));

/**
 * Judges the answer of Prometheus to `/api/v1/rules`. Rules of several releases may have one name: of theirs the longest
 * time counts.
 *
 * @returns `undefined` when there is no rule of that name
 * @throws {Error} when it is another answer
 */
export function readRules(text: string, alert: string, scope: AlertScope): RuleReading | undefined {
  const rules = parse(rulesSchema, text)
    .data.groups.flatMap((group) => group.rules)
    .filter(({ name }) => name === alert);
  if (rules.length === 0) {
    return undefined;
  }
  const own = rules.flatMap(({ alerts }) => alerts).filter((each) => isWithin(scope, each.labels));
  return {
    isFiring: own.some(({ state }) => state === 'firing'),
    forMs: Math.max(...rules.map(({ duration }) => duration)) * 1_000,
  };
}

/**
 * Whether Prometheus has any series, by its answer to `/api/v1/query`.
 *
 * @throws {Error} when it is another answer
 */
function hasSeries(text: string): boolean {
  return parse(seriesSchema, text).data.result.length > 0;
}

/**
 * Whether an Alertmanager has the alert, by its answer to `/api/v2/alerts`.
 *
 * @throws {Error} when it is another answer
 */
export function readAlertmanager(text: string, alert: string, scope: AlertScope): boolean {
  return parse(alertmanagerSchema, text).some((each) =>
    isWithin({ ...scope, alertname: alert }, each.labels),
  );
}

function isWithin(scope: AlertScope, has: Readonly<Record<string, string>>): boolean {
  return Object.entries(scope).every(([name, value]) => has[name] === value);
}

function parse<S extends v.GenericSchema>(schema: S, text: string): v.InferOutput<S> {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
  if (!result.success) {
    throw new Error(`the answer is not what the API describes: ${describeIssue(result.issues[0])}`);
  }
  return result.output;
}
