import { expect, test } from 'vitest';
import { findNeeds } from '../support/tools/find-needs.ts';

test.each([
  ['webhook/verify-signature', [], false],
  ['observe/status/status-in-browser', ['chromium'], false],
  ['observe/receiver-metrics', ['promtool'], false],
  ['integration/topics-command', [], true],
  ['integration/kafka-sink', ['kcat'], true],
  ['integration/kafka-security', ['openssl'], true],
])('before %s.test.ts: %j, Kafka: %s', (name, tools, kafka) => {
  const needs = findNeeds([new URL(`../${name}.test.ts`, import.meta.url).pathname]);
  expect(needs).toEqual({ tools, kafka });
});
