import { expect, test } from 'vitest';
import type { PostResult } from '../../../src/provider/simulator/judge-answer.ts';
import { reportFirstFailure } from '../../../src/provider/simulator/report-first-failure.ts';

async function reportsOf(...results: readonly PostResult[]): Promise<string[]> {
  const reports: string[] = [];
  const left = [...results];
  const poster = reportFirstFailure(
    { post: async () => left.shift() ?? 200, close: () => {} },
    new URL('http://a.example/'),
    (text) => reports.push(text),
  );
  for (const result of results) {
    expect(await poster.post(Buffer.alloc(0))).toBe(result);
  }
  return reports;
}

test.each<[readonly PostResult[], readonly string[]]>([
  [[200, 202], []],
  [
    [200, 503, 'reset'],
    [
      "http://a.example/ answered 503: it is retried on the provider's schedule, which --time-scale makes faster",
    ],
  ],
  [
    ['timeout'],
    [
      "http://a.example/ gave no answer (timeout): it is retried on the provider's schedule, which --time-scale makes faster",
    ],
  ],
  [
    [401, 400],
    [
      'http://a.example/ answered 401: the provider would drop such data for good; the receiver has another secret',
    ],
  ],
])('%j is reported as %j', async (results, reports) => {
  expect(await reportsOf(...results)).toEqual(reports);
});
