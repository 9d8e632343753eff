import { describe, expect, test } from 'vitest';
import { helmMajors } from './find-helm.ts';
import { minimalValues, refusal, type Values } from './render.ts';

/** A description, invalid values to be merged into the minimal values, and the error message that they must cause. */
export type Refusal = readonly [what: string, values: Values, sentence: RegExp];

/** Defines a test for each case and each Helm version. */
export function describeRefusals(refused: readonly Refusal[]): void {
  describe.each(helmMajors)('Helm %i refuses', (major) => {
    test.each(refused)('%s', (_, values, sentence) => {
      const kafka = { ...minimalValues.kafka, ...values.kafka };
      expect(refusal({ ...minimalValues, ...values, kafka }, { major })).toMatch(sentence);
    });
  });
}
