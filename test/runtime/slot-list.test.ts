import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noSlot, SlotList, type Slotted } from '../../src/runtime/slot-list.ts';

describe('slot list', () => {
  it('holds what a set would hold, whatever is added and removed', () => {
    const steps = fc.array(fc.record({ item: fc.nat(9), add: fc.boolean() }));
    fc.assert(
      fc.property(steps, (given) => {
        const items: Slotted[] = Array.from({ length: 10 }, () => ({ slot: noSlot }));
        const list = new SlotList<Slotted>();
        const set = new Set<Slotted>();
        for (const { item: index, add } of given) {
          const item = items[index] as Slotted;
          if (!add) {
            list.remove(item);
            set.delete(item);
          } else if (!set.has(item)) {
            list.add(item);
            set.add(item);
          }
          const held: Slotted[] = [];
          list.forEach((each) => {
            held.push(each);
          });
          expect(new Set(held)).toEqual(set);
          expect(held).toHaveLength(list.size);
        }
      }),
    );
  });

  it('may lose each item while it is visited', () => {
    const list = new SlotList<Slotted>();
    for (let i = 0; i < 5; i += 1) {
      list.add({ slot: noSlot });
    }
    let visited = 0;
    list.forEach((item) => {
      visited += 1;
      list.remove(item);
    });
    expect(visited).toBe(5);
    expect(list.size).toBe(0);
  });
});
