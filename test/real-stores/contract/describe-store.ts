import { afterAll, beforeAll, describe } from 'vitest';
import type { StoreKind } from '../../../src/config/stores.ts';
import { describeAppending } from './appending.ts';
import { describeCommands } from './commands.ts';
import { describeFaults } from './faults.ts';
import { describeReceiving } from './receiving.ts';
import type { ServedStore } from './served-store.ts';

/** What every store has to pass. What one says that it cannot is left out, with its reason; the README has to say the same. */
export function describeStore(kind: StoreKind, open: () => Promise<ServedStore>): void {
  describe(kind, () => {
    let opened: ServedStore;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened?.stop());
    const served = () => opened;
    describeAppending(served);
    describeReceiving(kind, served);
    describeCommands(kind, served);
    describeFaults(served);
  });
}
