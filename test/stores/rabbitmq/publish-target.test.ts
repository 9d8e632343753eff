import { expect, test } from 'vitest';
import { toTargets } from '../../../src/stores/rabbitmq/publish-target.ts';

const names = [
  { events: 'e', deadLetter: 'd' },
  { events: 'other', deadLetter: 'd' },
];

test.each([
  [{ queueCount: 1 }, [{ kind: 'queue', name: 'e' }]],
  [
    { queueCount: 2 },
    [
      { kind: 'queue', name: 'e.0' },
      { kind: 'queue', name: 'e.1' },
    ],
  ],
  [{ exchange: 'e' }, [{ kind: 'exchange', name: 'e' }]],
])('with %j events go to %j, and dead letters to their own queue', (layout, targets) => {
  const all = toTargets(names, layout);
  expect([...all.keys()].toSorted()).toEqual(['d', 'e', 'other']);
  expect(all.get('e')).toEqual(targets);
  expect(all.get('d')).toEqual([{ kind: 'queue', name: 'd' }]);
});
