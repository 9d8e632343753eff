import { expect, test } from 'vitest';
import { retryFromPresentState } from '../../../src/provider/registration/retry-api-call.ts';
import { WebhookApiError } from '../../../src/provider/registration/webhook-api-error.ts';

async function run(...failures: readonly Error[]) {
  const left = [...failures];
  const delays: number[] = [];
  const notices: string[] = [];
  const work = async () => {
    const failure = left.shift();
    if (failure !== undefined) {
      throw failure;
    }
    return 'done';
  };
  const outcome = await retryFromPresentState(work, {
    delay: async (delayMs) => void delays.push(delayMs),
    onNotice: (text) => notices.push(text),
  }).catch((error: unknown) => error);
  return { outcome, delays, notices: notices.length };
}

const busy = new WebhookApiError('provider_failed', 'Busy.');

test('a temporary failure is retried later, each time after twice as long', async () => {
  expect(await run(busy, busy, busy)).toEqual({ outcome: 'done', delays: [1_000, 2_000, 4_000], notices: 3 });
});

test('the provider may say when', async () => {
  const limited = (retryAfterMs: number) => new WebhookApiError('rate_limited', 'Slow.', { retryAfterMs });
  expect(await run(limited(3_000))).toMatchObject({ outcome: 'done', delays: [3_000] });
  const tooLong = limited(61_000);
  expect(await run(tooLong)).toEqual({ outcome: tooLong, delays: [], notices: 0 });
});

test('a changed state is read again at once', async () => {
  const conflict = new WebhookApiError('conflict', 'Changed.');
  expect(await run(conflict, conflict)).toEqual({ outcome: 'done', delays: [], notices: 2 });
});

test.each([
  ['what is no failure of the API', [new Error('a defect')]],
  ['a refusal', [new WebhookApiError('unauthorized', 'No.')]],
  ['the fifth failure', [busy, busy, busy, busy, new WebhookApiError('unreachable', 'Gone.')]],
])('%s ends it', async (_what, failures) => {
  expect((await run(...failures)).outcome).toBe(failures.at(-1));
});
