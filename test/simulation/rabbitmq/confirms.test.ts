import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createConfirms, type Fate } from './confirms.ts';

/** What a client makes of the frames: each message has the fate of the first frame that covers it. */
function createReader() {
  const fates = new Map<number, Fate>();
  let sent = 0;
  return {
    fates,
    sent: (tag: number) => {
      sent = tag;
    },
    read({ fate, deliveryTag, multiple }: ReturnType<ReturnType<typeof createConfirms>['take']>[number]) {
      for (let tag = multiple ? 1 : deliveryTag; tag <= Math.min(deliveryTag, sent); tag += 1) {
        if (!fates.has(tag)) {
          fates.set(tag, fate);
        }
      }
    },
  };
}

test('however confirms are gathered, each message has its own fate, and none before it is known', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('publish' as const) }),
    fc.record({ kind: fc.constant('take' as const) }),
    fc.record({
      kind: fc.constant('decide' as const),
      which: fc.nat(),
      fate: fc.constantFrom<Fate>('ack', 'nack'),
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const confirms = createConfirms();
      const reader = createReader();
      const open: number[] = [];
      const decided = new Map<number, Fate>();
      for (const each of steps) {
        if (each.kind === 'publish') {
          const tag = confirms.next();
          open.push(tag);
          reader.sent(tag);
        } else if (each.kind === 'take') {
          confirms.take().forEach(reader.read);
          expect(Object.fromEntries(reader.fates)).toEqual(Object.fromEntries(decided));
        } else if (open.length > 0) {
          const [tag = 0] = open.splice(each.which % open.length, 1);
          decided.set(tag, each.fate);
          confirms.decide(tag, each.fate);
        }
      }
    }),
  );
});
