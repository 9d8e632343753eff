import type { RoundResult } from './round-result.ts';
import type { Violation } from './verdict/judge.ts';

export interface Row extends RoundResult {
  readonly label: string;
  readonly seed: number;
  readonly what: string;
}

const heads = [
  ...['run', 'seed', 'faults', 'events sent', 'acknowledged', 'refused', 'cut'],
  ...['duplicates', 'p99 ms', 'max ms', 'recovery ms', 'other violations', '**lost**'],
];

const maxViolations = 8;

/**
 * Formats a round as lines. `! ` marks findings that fail the run, as in the totals of all suites. `- ` marks all other
 * findings.
 */
export function toRoundLines(result: RoundResult): string[] {
  const { acknowledgedEvents, sentEvents, lost, violations, notes } = result;
  return [
    `  acknowledged ${acknowledgedEvents} of ${sentEvents}, lost ${lost.length}, other violations ${violations.length}`,
    ...notes.map((note) => `  - ${note}`),
    ...(lost.length > 0 ? [`  ! lost: ${lost.length}, the first ${lost[0]}`] : []),
    ...violations.slice(0, maxViolations).map(({ kind, text }) => `  ! ${kind}: ${text}`),
  ];
}

/** Formats a Markdown table with one row for each round. Additional figures of some faults follow the table. */
export function toRoundTable(rows: readonly Row[]): string {
  const lines = rows.map((row) => [
    ...[row.label, row.seed, row.what, row.sentEvents, row.acknowledgedEvents, row.refusedRequests],
    ...[row.cutRequests, row.duplicates, row.p99AnswerMs.toFixed(0), row.maxAnswerMs.toFixed(0)],
    ...[row.recoveryMs?.toFixed(0) ?? 'never', toKinds(row.violations), `**${row.lost.length}**`],
  ]);
  const table = [heads, heads.map(() => '---'), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |\n`)
    .join('');
  const notes = rows.flatMap((row) => row.notes.map((note) => `- run ${row.label}: ${note}\n`)).join('');
  return notes === '' ? table : `${table}\n${notes}`;
}

/** Counts findings by kind, and returns a text such as `late 3, order 1`. */
function toKinds(violations: readonly Violation[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of violations) {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, count]) => `${kind} ${count}`).join(', ') || '0';
}

/** Result of all rounds. It is good if the service kept all of its guarantees and every round could be checked. */
export function toSummary(rows: readonly Row[], broken: number): { text: string; isGood: boolean } {
  const sum = (value: (row: Row) => number) => rows.reduce((total, row) => total + value(row), 0);
  const lost = sum((row) => row.lost.length);
  const violations = sum((row) => row.violations.length);
  const acknowledged = sum((row) => row.acknowledgedEvents);
  const duplicates = ((100 * sum((row) => row.duplicates)) / Math.max(1, acknowledged)).toFixed(1);
  const slowest = Math.max(0, ...rows.map((row) => row.maxAnswerMs)).toFixed(0);
  const text =
    `${rows.length} rounds, ${acknowledged} events acknowledged, ${lost} lost, ${violations} other violations, ` +
    `${duplicates} % duplicates, slowest answer ${slowest} ms\n`;
  return {
    text: broken === 0 ? text : `${text}${broken} rounds could not be judged.\n`,
    isGood: broken + lost + violations === 0,
  };
}
