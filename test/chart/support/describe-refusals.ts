import { describe, expect, test } from 'vitest';
import { helmMajors } from './find-helm.ts';
import { minimalValues, refusal, type Values } from './render.ts';

/** Values on top of the least that works, and what the person who wrote them must be told. */
export type Refusal = readonly [what: string, values: Values, sentence: RegExp];

/** One test for each, with each Helm. */
export function describeRefusals(refused: readonly Refusal[]): void {
  describe.each(helmMajors)('Helm %i refuses', (major) => {
    test.each(refused)('%s', (_, values, sentence) => {
      const kafka = { ...minimalValues.kafka, ...values.kafka };
      expect(refusal({ ...minimalValues, ...values, kafka }, { major })).toMatch(sentence);
    });
  });
}
