import { existsSync, globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { filterStates } from '../../../src/observe/status/filter-states.ts';
import { decideReceiverHeadline, receiverStates } from '../../../src/observe/status/receiver-states.ts';
import { filterExamples, listExampleHeadlines, receiverExamples } from '../../support/status-examples.ts';
import { wellReceiver } from '../../support/status-reports.ts';
import { formatProvokedStates, withStatesTable } from '../../support/status-states-table.ts';

const root = new URL('../../..', import.meta.url).pathname;
const states = [...receiverStates, ...filterStates];
const alertFiles = globSync('charts/comapi-webhook-receiver/alerts/source/*.yaml', { cwd: root });
const alerts = alertFiles.map((file) => readFileSync(root + file, 'utf8')).join('\n');

test('every state has an example, and the example is in that state and in no other bad one', () => {
  expect(states.map(({ id }) => id)).toEqual([
    ...Object.keys(receiverExamples),
    ...Object.keys(filterExamples),
  ]);
  for (const [id, headline] of listExampleHeadlines()) {
    expect(headline.id).toBe(id);
  }
  for (const change of Object.values(receiverExamples)) {
    const { otherProblems } = decideReceiverHeadline({ ...wellReceiver, ...change });
    expect(otherProblems.filter(({ tone }) => tone === 'bad')).toEqual([]);
  }
});

test.each(states)('$id has an alert with its runbook, or says why none fires', (state) => {
  if ('alert' in state) {
    const [, rule = ''] = alerts.split(`- alert: ${state.alert}\n`);
    expect(rule.split('- alert: ')[0]).toContain(`runbook: ${state.runbook}`);
  } else {
    expect(state.noAlert).toMatch(/^[A-Z].*\.$/);
  }
  expect(state.runbook === undefined || existsSync(`${root}docs/runbooks/${state.runbook}`)).toBe(true);
});

test.each([...listExampleHeadlines().values()])(
  '$id says what is wrong in one sentence, and what to do',
  (headline) => {
    expect(headline.text).toMatch(/^[A-Z\d].*\.$/);
    expect(headline.text).not.toMatch(/undefined|NaN|\.\.|[a-z]{3}\. [A-Z]/);
    if (headline.tone !== 'good') {
      expect(headline.nextStep).toMatch(/^[A-Z].*[.\w]$/);
      expect(headline.nextStep).not.toMatch(/undefined|NaN|\.\./);
    }
  },
);

test('the most severe state comes first, and all others that are not good follow', () => {
  const { headline, otherProblems } = decideReceiverHeadline({
    ...wellReceiver,
    ...receiverExamples.dead_letters,
    ...receiverExamples.store_unavailable,
    ...receiverExamples.record_lost,
  });
  expect([headline, ...otherProblems].map(({ id }) => id)).toEqual([
    'record_lost',
    'store_unavailable',
    'dead_letters',
  ]);
});

test.each([
  ['no_usable_secret', ['no_usable_secret']],
  ['secret_unusable', ['secret_unusable']],
] as const)('a webhook in the state %s is reported once', (id, expected) => {
  const { headline, otherProblems } = decideReceiverHeadline({ ...wellReceiver, ...receiverExamples[id] });
  expect([headline, ...otherProblems].map((problem) => problem.id)).toEqual(expected);
});

test.each(['kafka', 'rabbitmq', 'redis', 'journal'])('names the store %s', (kind) => {
  const store = { ...wellReceiver.store, kind, up: false, unavailableSince: '2026-01-01T10:00:00.000Z' };
  const { headline } = decideReceiverHeadline({ ...wellReceiver, store });
  expect(headline.text).toMatch(/^(Kafka|RabbitMQ|Redis|The journal) has been unavailable for 17 min/);
});

test('after more than a day a time has its date', () => {
  const store = { ...wellReceiver.store, up: false, unavailableSince: '2025-12-30T10:00:00.000Z' };
  const { headline } = decideReceiverHeadline({ ...wellReceiver, store });
  expect(headline.text).toContain('for 2 d (since 2025-12-30 10:00 UTC)');
});

test('the table in the documents is that of the code', () => {
  const document = readFileSync(`${root}docs/status.md`, 'utf8');
  expect(document).toBe(withStatesTable(document));
  expect(document.match(/^\| `/gm)).toHaveLength(states.length);
});

test('the table of provoked states is that of the tests', () => {
  const table = readFileSync(`${root}docs/measurements/tables/states.csv`, 'utf8');
  expect(table).toBe(formatProvokedStates());
});
