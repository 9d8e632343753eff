import type { RoundResult } from './round.ts';
import type { Violation } from './verdict/judge.ts';

export interface Row extends RoundResult {
  readonly label: string;
  readonly service: string;
  readonly seed: number;
  readonly what: string;
}

const heads = [
  ...['run', 'service', 'seed', 'faults', 'events sent', 'acknowledged', 'refused', 'cut'],
  ...['duplicates', 'p99 ms', 'max ms', 'recovery ms', 'other violations', '**lost**'],
];

/** How many of each kind: `late 3, order 1`. */
function toKinds(violations: readonly Violation[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of violations) {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, count]) => `${kind} ${count}`).join(', ') || '0';
}

/** A Markdown table, one row a round. */
export function toTable(rows: readonly Row[]): string {
  const lines = rows.map((row) => [
    ...[row.label, row.service, row.seed, row.what, row.sentEvents, row.acknowledgedEvents, row.refusedRequests],
    ...[row.cutRequests, row.duplicates, row.p99AnswerMs.toFixed(0), row.maxAnswerMs.toFixed(0)],
    ...[row.recoveryMs ?? 'never', toKinds(row.violations), `**${row.lost.length}**`],
  ]);
  return [heads, heads.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}
