import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../../src/runtime/clock.ts';
import { createCanaryBody, judgeCertificate } from '../../../../src/tools/provider/canary/run-canary.ts';

const now = new Date('2026-11-26T03:00:00.123Z');
const parse = (body: Buffer) => JSON.parse(body.toString()) as Record<string, unknown>[];

test('a body is one event by which consumers know a canary, in a batch', () => {
  expect(parse(createCanaryBody({ mark: 'part', now, bodyBytes: 0 }))).toEqual([
    {
      eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      accountId: 0,
      apiSpaceId: '00000000-0000-4000-8000-000000000000',
      name: 'webhook.canary',
      payload: { id: 'webhook-canary', mark: 'part' },
      revision: now.getTime(),
      etag: `"${now.getTime()}"`,
      timestamp: '2026-11-26T03:00:00.123Z',
    },
  ]);
});

test('two bodies are two events of one entity', () => {
  const [[first], [second]] = [
    parse(createCanaryBody({ mark: 'part', now, bodyBytes: 0 })),
    parse(createCanaryBody({ mark: 'part', now, bodyBytes: 0 })),
  ] as const;
  expect(first?.eventId).not.toBe(second?.eventId);
  expect(first?.payload).toEqual(second?.payload);
});

test('a body has exactly the length that was asked for, and its last byte ends the batch', () => {
  const least = createCanaryBody({ mark: 'part', now, bodyBytes: 0 }).length;
  for (const length of [least, least + 1, 10_000_000]) {
    const body = createCanaryBody({ mark: 'part', now, bodyBytes: length });
    expect(body).toHaveLength(length);
    expect(body.at(-1)).toBe(']'.charCodeAt(0));
    expect(parse(body)).toHaveLength(1);
  }
});

test.each([0, 1, 100])(
  'a body of %i bytes would not hold the event: it is as short as it can be',
  (length) => {
    const body = createCanaryBody({ mark: 'part', now, bodyBytes: length });
    expect(body).toHaveLength(createCanaryBody({ mark: 'part', now, bodyBytes: 0 }).length);
    expect(parse(body)).toHaveLength(1);
  },
);

describe('a certificate', () => {
  const dayMs = 86_400_000;
  const judge = (lifeDays: number, leftDays: number, certificateDays?: number) =>
    judgeCertificate(
      { start: new Date((leftDays - lifeDays) * dayMs), end: new Date(leftDays * dayMs) },
      { certificateDays, clock: { ...systemClock, epochMs: () => 0 }, onPassed: () => {} },
    )?.text;

  test.each([
    [90, 13.95, '13.9 days: should be 14 or more'],
    [6, 1.45, '1.4 days: should be 1.5 or more'],
  ])('of %d days with %d left should have been renewed', (life, left, text) => {
    expect(judge(life, left)).toContain(text);
  });

  test.each([
    [90, 14],
    [6, 2],
  ])('of %d days with %d left is good', (life, left) => {
    expect(judge(life, left)).toBeUndefined();
  });

  test('is judged by the days that are asked for, if any are', () => {
    expect(judge(6, 5, 14)).toContain('should be 14 or more');
    expect(judge(90, 1, 0)).toBeUndefined();
    expect(judge(90, -0.1, 0)).toBeDefined();
  });
});
