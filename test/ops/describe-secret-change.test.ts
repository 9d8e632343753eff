import { expect, test } from 'vitest';
import { describeSecretChange } from '../../src/ops/describe-secret-change.ts';

const none = { added: [], removed: [], replaced: [], unusable: [] };
const before = {
  secrets: [
    { label: 'current', value: 'planted one' },
    { label: 'previous', value: 'planted two' },
  ],
  faults: [],
};

test.each([
  ['nothing', before, none],
  [
    'a rotation',
    {
      secrets: [
        { label: 'current', value: 'planted three' },
        { label: 'previous', value: 'planted one' },
      ],
      faults: [],
    },
    { ...none, replaced: ['current', 'previous'] },
  ],
  [
    'a new label beside one that goes',
    {
      secrets: [
        { label: 'current', value: 'planted one' },
        { label: 'next', value: 'planted three' },
      ],
      faults: [],
    },
    { ...none, added: ['next'], removed: ['previous'] },
  ],
  [
    'a file that can no longer be used',
    {
      secrets: [{ label: 'current', value: 'planted one' }],
      faults: [{ label: 'previous', message: 'the secret "previous" has 0 characters' }],
    },
    { ...none, removed: ['previous'], unusable: ['previous'] },
  ],
  [
    'a directory that is gone',
    { secrets: [], faults: [{ label: undefined, message: 'cannot be read' }] },
    { ...none, removed: ['current', 'previous'], unusable: ['the whole directory'] },
  ],
])('names %s by labels, never by values', (_what, after, change) => {
  expect(describeSecretChange(before, after)).toEqual(change);
  expect(JSON.stringify(describeSecretChange(before, after))).not.toContain('planted');
});
