import type { ReplayReport } from '../replay/run-replay.ts';
import { formatTable } from './format-table.ts';

type NamedReport = ReplayReport & { readonly store: string };

export function formatReplayReports(reports: readonly NamedReport[], dryRun: boolean): string {
  return reports.map((report) => formatReport(report, dryRun)).join('\n');
}

function formatReport(
  { store, read, lines, notSelected, foreign, stopped }: NamedReport,
  dryRun: boolean,
): string {
  const rows = lines.map(({ reason, webhook, outcome, detail, deadLetters, events }) => [
    reason,
    webhook,
    String(deadLetters),
    outcome === 'replayed'
      ? `${dryRun ? 'would go' : 'went'} to ${detail}${events === deadLetters ? '' : ` as ${events} events`}`
      : `${dryRun ? 'would fail' : 'failed'} again: ${detail}; stays`,
  ]);
  const table = rows.length === 0 ? '' : formatTable([['REASON', 'WEBHOOK', 'COUNT', 'OUTCOME'], ...rows]);
  const notes = [
    `${store}: dead letters not put back before: ${read}`,
    ...(notSelected > 0 ? [`${notSelected} not selected; they stay`] : []),
    ...(foreign > 0
      ? [`${foreign} not of the receiver (the revision filter's, for example); they stay`]
      : []),
    ...(stopped ? ['stopped: run again to go on'] : []),
  ];
  return `${table}${notes.join('\n')}\n`;
}
