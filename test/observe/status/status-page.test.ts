import { expect, test } from 'vitest';
import type { ReceiverReport, StatusReport } from '../../../src/observe/status/status-report.ts';
import { renderStatusPage } from '../../../src/observe/status/status-routes.ts';
import { checkStatus } from '../../support/status-contract.ts';
import { wellFilter, wellReceiver } from '../../support/status-reports.ts';

/** The text that a person reads. */
function read(report: StatusReport): string {
  expect(checkStatus(JSON.parse(JSON.stringify(report)))).toEqual([]);
  const [, body = ''] = renderStatusPage(report).split('<body>');
  return body
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ([,.;:)])/g, '$1');
}

test('says of a receiver that all is well', () => {
  const text = read(wellReceiver);
  expect(text).toContain('Webhook receiver 1.2.3 on webhook-0 ● Deliveries are stored');
  expect(text).toContain(
    'name shop, path /webhook, last accepted at 2026-01-01 10:16:00 UTC (1 min ago), own event test, accepted 12, secrets label current, verified 1,204',
  );
  expect(text).toContain('topic comapi.events, verdict ok, findings none');
  expect(text).toContain('In flight Requests 1 Bytes 2.0 KiB');
  expect(text).toContain('Refusals none');
  expect(text).not.toContain('Spool');
  expect(text).not.toContain('The provider repeats');
});

test('a tab of a browser has state and host as its title', () => {
  expect(renderStatusPage(wellReceiver)).toContain('<title>Deliveries are stored – webhook-0</title>');
  expect(renderStatusPage({ ...wellFilter, ready: false })).toContain(
    '<title>The filter is not ready – webhook-0</title>',
  );
});

test('says since when deliveries are refused, how long the provider goes on, and what else is wrong', () => {
  const text = read({
    ...wellReceiver,
    ready: false,
    checks: [{ name: 'sink', ok: false, detail: 'no broker answers' }],
    refused: { since: '2026-01-01T10:00:00.000Z', lossFrom: '2026-01-02T10:00:00.000Z', secondsLeft: 85_380 },
    store: { ...wellReceiver.store, up: false, unavailableSince: '2026-01-01T10:00:00.000Z' },
    refusals: [
      {
        reason: 'sink_unavailable',
        signed: true,
        status: 503,
        count: 1_043,
        newest: [{ at: '2026-01-01T10:16:30.000Z', webhook: 'shop' }],
      },
    ],
  });
  expect(text).toContain('● Deliveries are refused The provider repeats each refused delivery for 24 h.');
  expect(text).toContain(
    'Refused Since 2026-01-01 10:00:00 UTC (17 min ago) Loss from 2026-01-02 10:00:00 UTC (in 23 h 43 min) Seconds left 23 h 43 min',
  );
  expect(text).toContain('name sink, ok no, detail no broker answers');
  expect(text).toContain('Up no');
  expect(text).toContain(
    'reason sink_unavailable, signed yes, status 503, count 1,043, newest at 2026-01-01 10:16:30 UTC (30 s ago), webhook shop',
  );
});

test('marks what is not as it should be', () => {
  const page = renderStatusPage({
    ...wellReceiver,
    checks: [{ name: 'sink', ok: false, detail: 'away' }],
    store: {
      ...wellReceiver.store,
      up: false,
      notice: 'another cluster',
      topics: [
        { topic: 'comapi.events', verdict: 'error', findings: [], problem: 'no leader' },
        { topic: 'comapi.events.dead-letter', verdict: 'warning', findings: ['one replica'] },
      ],
    },
  });
  const marked = (tone: string) =>
    Array.from(page.matchAll(new RegExp(`<strong class="${tone}">([^<]*)<`, 'g')), ([, text]) => text);
  expect(marked('bad')).toEqual(['no', 'no', 'error', 'no leader', 'another cluster']);
  expect(marked('warning')).toEqual(['warning']);
});

test('shows the partitions of a filter, its topics and its checks', () => {
  const text = read({
    ...wellFilter,
    ready: false,
    checks: [{ name: 'group', ok: false, detail: 'member of g: false' }],
  });
  expect(text).toContain('Revision filter 1.2.3 on webhook-0 ● The filter is not ready');
  expect(text).toContain('partition 0, state running, lag 12, entities 3,400');
  expect(text).toContain('partition 1, state restoring');
  expect(text).toContain('name group, ok no, detail member of g: false');
  expect(read({ ...wellFilter, partitions: [] })).toContain('Partitions none');
});

/** Each text of a report, except times and closed sets, as a stranger might choose it. */
function spoil<T>(value: T, key = ''): T {
  const fixed = ['process', 'verdict', 'startedAt', 'at', 'since', 'until', 'lossFrom', 'repeatedBy'];
  if (typeof value === 'string') {
    const isTime = fixed.includes(key) || key.endsWith('At') || key.endsWith('Since');
    return (isTime ? value : `</style><script>alert("${key}")</script><img src='x' onerror=alert(1)>`) as T;
  }
  if (Array.isArray(value)) {
    return value.map((each) => spoil(each, key)) as T;
  }
  return typeof value === 'object' && value !== null
    ? (Object.fromEntries(Object.entries(value).map(([name, each]) => [name, spoil(each, name)])) as T)
    : value;
}

test('whatever names, labels and messages say, it stays text', () => {
  const receiver: ReceiverReport = {
    ...wellReceiver,
    checks: [{ name: 'sink', ok: false, detail: 'away' }],
    registrations: [
      {
        name: 'a',
        path: '/a',
        own: [{ event: 'e', accepted: 1 }],
        secrets: [{ label: 'l', verified: 0, problem: 'p' }],
      },
    ],
    store: { kind: 'k', up: false, detail: 'd', topics: [{ topic: 't', findings: ['f'], problem: 'p' }] },
    spool: {
      problem: 'p',
      bytes: 1,
      limitBytes: 1,
      oldestReceivedAt: wellReceiver.at,
    },
    refusals: [
      {
        reason: 'r',
        cause: 'c',
        signed: true,
        status: 503,
        count: 1,
        newest: [{ at: wellReceiver.at, webhook: 'w' }],
      },
    ],
  };
  for (const report of [receiver, wellFilter]) {
    const page = renderStatusPage(spoil(report));
    expect(page).toContain('&lt;/style&gt;&lt;script&gt;');
    expect(page).not.toMatch(/<script|<img|alert\("/);
    expect(page.match(/<style>/g)).toHaveLength(1);
  }
});
