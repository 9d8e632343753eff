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

const outage = {
  since: '2026-01-01T10:00:00.000Z',
  lossFrom: '2026-01-02T10:00:00.000Z',
  secondsLeft: 85_380,
};

test('says of a receiver that all is well', () => {
  const text = read(wellReceiver);
  expect(text).toContain('Webhook receiver 1.2.3 on webhook-0 ● Deliveries are stored');
  expect(text).toContain(
    'shop /webhook 2026-01-01 10:16:00 UTC (1 min ago) canary, not the provider&#39;s: 12 current verified 1,204 deliveries',
  );
  expect(text).toContain('comapi.events safe');
  expect(text).toContain('Here, not answered yet 1 delivery, 2.0 KiB');
  expect(text).toContain('At the provider nothing that this process has refused');
  expect(text).toContain('Newest refusals None since the start.');
  expect(text).not.toContain('Spool');
});

test('a tab of a browser has state and host as its title', () => {
  expect(renderStatusPage(wellReceiver)).toContain('<title>Deliveries are stored – webhook-0</title>');
  expect(renderStatusPage({ ...wellFilter, ready: false })).toContain(
    '<title>The filter is not ready – webhook-0</title>',
  );
});

test('says what somebody should look at although the store takes records', () => {
  const text = read({
    ...wellReceiver,
    store: { ...wellReceiver.store, notice: 'Another cluster answers.' },
  });
  expect(text).toContain('Deliveries are stored, but something needs a look');
  expect(text).toContain('It takes records. Another cluster answers.');
});

test('says since when deliveries are refused, why, and how long the provider goes on', () => {
  const text = read({
    ...wellReceiver,
    ready: false,
    refused: outage,
    registrations: wellReceiver.registrations.map((each) => ({
      ...each,
      refused: {
        ...outage,
        until: '2026-01-01T10:16:30.000Z',
        count: 43,
        isOver: false,
        repeatedBy: '2026-01-01T14:16:30.000Z',
      },
    })),
    store: {
      ...wellReceiver.store,
      up: false,
      detail: 'no broker answers',
      unavailableSince: outage.since,
      topics: [{ topic: 'comapi.events', verdict: 'error', findings: ['It is gone.'], problem: 'no leader' }],
    },
    refusals: [
      {
        reason: 'sink_unavailable',
        signed: true,
        status: 503,
        count: 43,
        newest: [{ at: '2026-01-01T10:16:30.000Z', webhook: 'shop' }],
      },
      { reason: 'bad_signature', cause: 'mismatch', signed: false, status: 401, count: 1, newest: [] },
    ],
  });
  expect(text).toContain('Deliveries are refused since 2026-01-01 10:00:00 UTC (17 min ago).');
  expect(text).toContain('The first of them is lost at 2026-01-02 10:00:00 UTC (in 23 h 43 min).');
  expect(text).toContain(
    'shop: 43 signed deliveries refused, the first 2026-01-01 10:00:00 UTC (17 min ago)',
  );
  expect(text).toContain('none was accepted since; the first is lost at 2026-01-02 10:00:00 UTC');
  expect(text).toContain('It takes no records since 2026-01-01 10:00:00 UTC (17 min ago): no broker answers');
  expect(text).toContain('comapi.events unusable no leader It is gone.');
  expect(text).toContain('sink_unavailable (503, signed) 43 shop: 2026-01-01 10:16:30 UTC (30 s ago)');
  expect(text).toContain('bad_signature mismatch (401) 1');
});

test('does not say how long is left when it is over', () => {
  const text = read({ ...wellReceiver, refused: { ...outage, secondsLeft: 0 } });
  expect(text).toContain('That time is over for the first of them');
  expect(text).toContain('none has come to this process');
  expect(text).not.toContain('is lost at');
});

test('says what the spool holds, and how much more it takes', () => {
  const spool = {
    problem: undefined,
    records: 1_204,
    bytes: 256 * 1_024,
    limitBytes: 1_024 * 1_024,
    oldestReceivedAt: '2026-01-01T10:00:00.000Z',
    leftBehind: [],
    setAsideRecords: 0,
  };
  const text = read({ ...wellReceiver, spool });
  expect(text).toContain('Deliveries are accepted, and wait in the spool');
  expect(text).toContain('1,204 records, which the provider does not repeat');
  expect(text).toContain('1,204 records, the oldest received 2026-01-01 10:00:00 UTC (17 min ago)');
  expect(text).toContain('256.0 KiB of 1.0 MiB are used, 768.0 KiB are left');
  expect(text).not.toContain('Set aside');
  const full = read({
    ...wellReceiver,
    spool: { ...spool, problem: 'the spool is full', leftBehind: [], setAsideRecords: 2 },
  });
  expect(full).toContain('It takes nothing: the spool is full');
  expect(full).toContain('Set aside 2 records that the store never takes');
});

test('says which secrets cannot be used', () => {
  const [registration] = wellReceiver.registrations;
  const secrets = [{ label: 'next', verified: 0, problem: 'next is empty' }];
  const registrations = registration === undefined ? [] : [{ ...registration, secrets }];
  expect(read({ ...wellReceiver, registrations })).toContain(
    'No secret can be used: signed deliveries are answered 503. next cannot be used: next is empty',
  );
});

test('shows the partitions of a filter, its topics and its checks', () => {
  const text = read({
    ...wellFilter,
    ready: false,
    checks: [{ name: 'group', ok: false, detail: 'member of g: false' }],
  });
  expect(text).toContain('Revision filter 1.2.3 on webhook-0 ● The filter is not ready');
  expect(text).toContain('0 running 12 3,400');
  expect(text).toContain('1 restoring not known');
  expect(text).toContain('group not ok member of g: false');
  expect(read({ ...wellFilter, partitions: [] })).toContain('None is assigned to this process.');
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
      records: 1,
      bytes: 1,
      limitBytes: 1,
      oldestReceivedAt: wellReceiver.at,
      leftBehind: [],
      setAsideRecords: 1,
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
