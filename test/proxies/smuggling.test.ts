import { expect, test } from 'vitest';
import { connectPlainly, runAttack } from './attacks/run-attack.ts';
import { createSmugglingAttacks } from './attacks/smuggling.ts';
import { startReceiverUnderTest } from './traffic/receiver-under-test.ts';

/** Milliseconds to wait for a second answer. */
const stayMs = 500;
const atOnce = 64;

/** Removes the interim responses with status 100 (Continue). */
function toStatuses(received: string): string[] {
  return [...received.matchAll(/HTTP\/1\.1 ([2-5]\d\d) /g)].map(([, status]) => status ?? '');
}

test('no request in a body is answered, whatever the request around it', async () => {
  const receiver = await startReceiverUnderTest();
  const attacks = createSmugglingAttacks();
  const answered: string[] = [];
  for (let at = 0; at < attacks.length; at += atOnce) {
    await Promise.all(
      attacks.slice(at, at + atOnce).map(async (attack) => {
        const statuses = toStatuses(await runAttack(connectPlainly(receiver.port), attack, stayMs));
        if (statuses.length > attack.mostAnswers) {
          answered.push(`${attack.name}: ${statuses.join()}`);
        }
      }),
    );
  }
  expect(answered).toEqual([]);
  expect(await receiver.stop()).toMatchObject({
    exit: 0,
    complaints: [],
    unsettled: { requests: 0, bytes: 0 },
  });
});
