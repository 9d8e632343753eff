import type { RoundResult } from './round.ts';

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

/** A Markdown table, one row a round. */
export function toTable(rows: readonly Row[]): string {
  const lines = rows.map((row) => [
    ...[row.label, row.service, row.seed, row.what, row.sentEvents, row.acknowledgedEvents, row.refusedRequests],
    ...[row.cutRequests, row.duplicates, row.p99AnswerMs.toFixed(0), row.maxAnswerMs.toFixed(0)],
    ...[row.recoveryMs ?? 'never', row.violations.length, `**${row.lost.length}**`],
  ]);
  return [heads, heads.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}
