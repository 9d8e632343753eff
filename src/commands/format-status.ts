import type {
  DiskReport,
  FilterReport,
  Headline,
  ReceiverReport,
  StatusReport,
} from '../observe/status/status-report.ts';
import { formatBytes, formatCount, formatDuration } from '../runtime/format.ts';
import { createPaint } from '../runtime/readable-lines.ts';
import { toSingleLineText } from '../runtime/untrusted-text.ts';
import { formatTable } from './command-io.ts';

interface StatusStyle {
  readonly colour: boolean;
}

const maxShownDeliveries = 10;
const toneStyles = { good: 'green', warning: 'yellow', bad: 'red' } as const;
const barCharacters = ' ▁▂▃▄▅▆▇█';

/** Formats the status as text for a terminal, with the same facts in the same order as the status page. */
export function formatStatus(report: StatusReport, style: StatusStyle): string {
  const sections = report.process === 'receiver' ? formatReceiver(report) : formatFilter(report);
  const paintText = createPaint(style.colour);
  return [
    formatProcessLine(report, style),
    ...sections.map(({ title, rows }) => `${paintText('bold', title)}\n${formatTable(rows)}`),
  ].join('\n');
}

interface Section {
  readonly title: string;
  readonly rows: readonly (readonly string[])[];
}

function formatProcessLine(report: StatusReport, style: StatusStyle): string {
  const { process, version, host, ready, startedAt, at, headline, otherProblems } = report;
  const name = process === 'receiver' ? 'Webhook receiver' : 'Revision filter';
  const state = ready ? 'ready' : 'NOT READY';
  const facts = `${name} ${version} on ${host}: ${state}, started ${formatAge(startedAt, at)}`;
  return [headline, ...otherProblems]
    .map((each) => formatHeadline(each, style))
    .concat(`\n${toSingleLineText(facts)}\n`)
    .join('');
}

function formatHeadline({ tone, text, nextStep, runbook }: Headline, { colour }: StatusStyle): string {
  const paintText = createPaint(colour);
  const furtherHeadlines = [
    ...(nextStep === undefined ? [] : [`Next step: ${nextStep}`]),
    ...(runbook === undefined ? [] : [`Runbook: docs/runbooks/${runbook}`]),
  ].map((line) => `${' '.repeat(9)}${toSingleLineText(line)}\n`);
  return `${paintText(toneStyles[tone], tone.toUpperCase().padEnd(7))}  ${toSingleLineText(text)}\n${furtherHeadlines.join('')}`;
}

function formatReceiver(report: ReceiverReport): readonly Section[] {
  const { lastHour, at, inFlight } = report;
  const counts = (['accepted', 'rejected', 'unavailable', 'other'] as const).map((kind) => lastHour[kind]);
  const [accepted = [], rejected = [], unavailable = [], other = []] = counts;
  const line = (name: string, minutes: readonly number[]) => {
    const totalCount = minutes.reduce((sum, count) => sum + count, 0);
    return [name, formatCount(totalCount), totalCount === 0 ? '' : drawMinuteChart(minutes)];
  };
  return [
    {
      title: `LAST HOUR (deliveries by minute, from ${lastHour.from.slice(11, 16)} UTC)`,
      rows: [
        line('accepted', accepted),
        line('rejected with 401', rejected),
        line('returned 503', unavailable),
        ...(other.some((count) => count > 0) ? [line('other statuses', other)] : []),
        ['in flight', formatCount(inFlight.requests), formatBytes(inFlight.bytes)],
      ],
    },
    { title: 'LAST DELIVERIES', rows: listDeliveries(report) },
    { title: 'WEBHOOKS', rows: listWebhooks(report) },
    { title: 'SECRETS', rows: listSecrets(report) },
    { title: 'STORE AND SPOOL', rows: listStore(report) },
    { title: 'CHECKS', rows: listChecks(report, at) },
  ];
}

/** Draws delivery counts as a chart, one character a minute. */
function drawMinuteChart(minutes: readonly number[]): string {
  const highestCount = Math.max(...minutes);
  return minutes
    .map((count) => barCharacters[count === 0 ? 0 : Math.ceil((8 * count) / highestCount)])
    .join('');
}

function listDeliveries({ deliveries }: ReceiverReport): Section['rows'] {
  if (deliveries.length === 0) {
    return [['none since the start']];
  }
  const rows = deliveries
    .slice(0, maxShownDeliveries)
    .map(({ at, webhook, status, reason, events, durationMs, cause, test, nextStep }) => [
      `${at.slice(11, 19)} UTC`,
      webhook,
      String(status),
      formatCount(events),
      `${durationMs} ms`,
      cause ??
        (status === 401 ? 'not examined yet' : test === true ? 'test event' : status === 200 ? '' : reason),
      nextStep ?? '',
    ]);
  return [['TIME', 'WEBHOOK', 'STATUS', 'EVENTS', 'DURATION', 'CAUSE', 'NEXT STEP'], ...rows];
}

function listWebhooks({ registrations, at }: ReceiverReport): Section['rows'] {
  return [
    ['NAME', 'PATH', 'EVENTS/MIN', 'LAST ACCEPTED', 'LAST REJECTED WITH 401'],
    ...registrations.map(
      ({ name, path, eventsPerMinute, lastAcceptedAt, lastTestAcceptedAt, lastRejected }) => [
        name,
        path,
        formatCount(eventsPerMinute),
        lastAcceptedAt !== undefined
          ? formatAge(lastAcceptedAt, at)
          : lastTestAcceptedAt === undefined
            ? 'never'
            : `never (last test event ${formatAge(lastTestAcceptedAt, at)})`,
        lastRejected === undefined ? 'never' : `${formatAge(lastRejected.at, at)}: ${lastRejected.cause}`,
      ],
    ),
  ];
}

function listSecrets({ registrations, at }: ReceiverReport): Section['rows'] {
  return [
    ['WEBHOOK', 'SECRET', 'VERIFIED', 'FIRST', 'LAST', 'PROBLEM'],
    ...registrations.flatMap(({ name, secrets }) =>
      secrets.map(({ label = '', verified, firstVerifiedAt, lastVerifiedAt, problem = '' }) => [
        name,
        label,
        formatCount(verified),
        firstVerifiedAt === undefined ? 'never' : formatAge(firstVerifiedAt, at),
        lastVerifiedAt === undefined ? 'never' : formatAge(lastVerifiedAt, at),
        problem,
      ]),
    ),
  ];
}

function listStore({ store, spool, certificate, deadLetters, at }: ReceiverReport): Section['rows'] {
  const { kind, up, detail, notice, latency, circuits, queuedRecords, disk, topics } = store;
  return [
    ['store', `${kind}, ${up ? 'accepts records' : 'UNAVAILABLE'}${detail === '' ? '' : `: ${detail}`}`],
    ...(notice === undefined ? [] : [['warning', notice]]),
    ...(latency === undefined
      ? []
      : [['latency', `mean ${latency.meanMs} ms, maximum ${latency.maxMs} ms in the last 5 min`]]),
    ...circuits.map(({ to, state }) => ['circuit', `${to}: ${state.replace('_', ' ')}`]),
    ...(queuedRecords === undefined ? [] : [['queue', formatCount(queuedRecords, 'record')]]),
    ...listDisk(disk),
    ...topics.map(({ topic, verdict = 'not checked', findings, problem }) => [
      'topic',
      `${topic}: ${[verdict, ...(problem === undefined ? [] : [problem]), ...findings].join('. ')}`,
    ]),
    ['dead letters', `${formatCount(deadLetters.recent)} in the last 15 min`],
    ...(spool === undefined
      ? []
      : [
          [
            'spool',
            `${formatBytes(spool.bytes)} of ${formatBytes(spool.limitBytes)}${spool.problem === undefined ? '' : `, UNUSABLE: ${spool.problem}`}`,
          ],
          [
            'oldest record',
            spool.oldestReceivedAt === undefined ? 'none' : formatAge(spool.oldestReceivedAt, at),
          ],
          ...listDisk(spool.disk),
        ]),
    ...(certificate?.expiresAt === undefined
      ? []
      : [['certificate', `expires ${formatAge(certificate.expiresAt, at)}`]]),
  ];
}

function listDisk(disk: DiskReport | undefined): Section['rows'] {
  return disk === undefined
    ? []
    : [['disk', `${formatBytes(disk.freeBytes)} free of ${formatBytes(disk.sizeBytes)}`]];
}

function listChecks({ checks, refused }: ReceiverReport, at: string): Section['rows'] {
  return [
    ...formatChecks(checks),
    ...(refused === undefined
      ? []
      : [['NOT OK', 'retries', `the provider gives up ${formatAge(refused.lossFrom, at)}`]]),
  ];
}

function formatFilter(report: FilterReport): readonly Section[] {
  const { group, topics, partitions, recordsPerMinute, checks } = report;
  return [
    {
      title: 'FILTER',
      rows: [
        ['group', group],
        ['rate', `${formatCount(recordsPerMinute, 'record')} a minute`],
        ['events', topics.events],
        ['latest states', topics.latest],
        ['dead letters', topics.deadLetter],
      ],
    },
    {
      title: 'PARTITIONS',
      rows: [
        ['PARTITION', 'STATE', 'LAG', 'ENTITIES'],
        ...partitions.map(({ partition, state, lag, entities }) => [
          String(partition),
          state,
          lag === undefined ? 'unknown' : formatCount(lag),
          entities === undefined ? 'unknown' : formatCount(entities),
        ]),
      ],
    },
    { title: 'CHECKS', rows: formatChecks(checks) },
  ];
}

function formatChecks(checks: readonly CheckReport[]): Section['rows'] {
  return checks.map(({ name, ok, detail, hasFault }) => [
    ok ? (hasFault === true ? 'ERROR' : 'ok') : 'NOT OK',
    name,
    detail,
  ]);
}

type CheckReport = StatusReport['checks'][number] & { readonly hasFault?: boolean };

function formatAge(iso: string, at: string): string {
  const ms = Date.parse(at) - Date.parse(iso);
  return ms < 0 ? `in ${formatDuration(-ms)}` : `${formatDuration(ms)} ago`;
}
