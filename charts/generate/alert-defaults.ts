import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { chartDirectory } from './chart-directory.ts';

/** Severity, duration and thresholds of an alert. The chart value `prometheusRule.alerts` overrides them. */
export type AlertDefaults = Readonly<Record<string, string | number>>;

interface Rule {
  readonly alert?: string;
  readonly defaults: AlertDefaults;
}

const directory = join(chartDirectory, 'alerts/source');

/** Reads the default settings of all alerts from alerts/source, keyed by alert name. */
export function readAlertDefaults(): Readonly<Record<string, AlertDefaults>> {
  const rules = readdirSync(directory).flatMap(
    (file): Rule[] => parse(readFileSync(join(directory, file), 'utf8')).rules,
  );
  return Object.fromEntries(
    rules.flatMap(({ alert, defaults }) => (alert === undefined ? [] : [[alert, defaults]])),
  );
}
