import { describe, expect, test } from 'vitest';
import { createDelivery } from '../traffic/create-delivery.ts';
import { judgeAnswer } from './judge-answer.ts';

const unsigned = createDelivery(0);
const signed = createDelivery(3);

describe('an answer', () => {
  test.each([
    [signed, signed.expected, 'own'],
    [unsigned, unsigned.expected, 'own'],
    [signed, undefined, 'refused'],
    [signed, { status: 503, body: '' }, 'refused'],
    [signed, { status: 502, body: '' }, 'refused'],
    [signed, createDelivery(4).expected, 'foreign'],
    [signed, { status: 200, body: '<!doctype html>' }, 'foreign'],
    [signed, unsigned.expected, 'foreign'],
    [unsigned, signed.expected, 'foreign'],
    ...[400, 404, 405, 408, 413, 415, 500, 501].map(
      (status) => [signed, { status, body: '' }, 'foreign'] as const,
    ),
  ] as const)('to %# is told to be own, refused or foreign', (delivery, answer, verdict) => {
    expect(judgeAnswer(delivery, answer)).toBe(verdict);
  });

  test('differs from those of the deliveries around it', () => {
    const answers = Array.from({ length: 16 }, (_unused, at) => createDelivery(at + 1))
      .filter(({ isSigned }) => isSigned)
      .map(({ expected }) => expected.body);
    expect(new Set(answers).size).toBe(answers.length);
  });
});
