import * as v from 'valibot';
import { describeIssue } from '../../config/describe-issue.ts';

/** Whose alert: labels that it must have. */
export type AlertScope = Readonly<Record<string, string>>;

export interface RuleReading {
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
export function hasSeries(text: string): boolean {
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
