import { afterAll, beforeAll, describe } from 'vitest';
import type { StoreKind } from '../../../src/config/stores.ts';
import { appendRecords, toEventRecord } from '../../support/append-records.ts';
import { describeAppending } from './appending.ts';
import { describeCommands } from './commands.ts';
import { describeFaults } from './faults.ts';
import { describeReceiving } from './receiving.ts';
import type { ServedStore } from './served-store.ts';

/**
 * Runs the tests that every store must pass. If the store declares an ability missing, its tests are skipped with a
 * reason, which the README must also state.
 */
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
    // Throws the reason why the store rejects writes. Without this check, tests that wait for the receiver would fail
    // without showing the reason.
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
