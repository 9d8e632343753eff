import { afterAll, beforeAll, describe } from 'vitest';
import type { StoreKind } from '../../../src/config/stores.ts';
import { appendRecords, toEventRecord } from '../../support/append-records.ts';
import { describeAppending } from './appending.ts';
import { describeCommands } from './commands.ts';
import { describeFaults } from './faults.ts';
import { describeReceiving } from './receiving.ts';
import type { ServedStore } from './served-store.ts';

/** What every store has to pass. What one says that it cannot is skipped, with its reason; the README has to say the same. */
export function describeStore(kind: StoreKind, open: () => Promise<ServedStore>): void {
  describe(kind, () => {
    let opened: ServedStore;
    let refusal: unknown;
    beforeAll(async () => {
      opened = await open();
      try {
        const { env, events: topic } = await opened.createPlace();
        await appendRecords(env, [toEventRecord('first', 1, 'message.sent', { topic })]);
      } catch (error) {
        refusal = error;
      }
    });
    afterAll(() => opened?.stop());
    const served = () => opened;
    // What waits for a receiver would not hear why the store rejects writes.
    const wantTaken = () => {
      if (refusal !== undefined) {
        throw refusal;
      }
    };
    describeAppending(served);
    describeReceiving(kind, served, wantTaken);
    describeCommands(kind, served, wantTaken);
    describeFaults(served);
  });
}
