import { expect, test } from 'vitest';
import { createCachedTokens } from '../../../../../../src/stores/kafka/cluster/kafkajs/oauth/token-source.ts';

/**
 * Creates a token source whose clock starts at 0. Its endpoint returns these results in order. The result `down` means
 * that the request fails.
 */
function create(lifeMs = 100_000) {
  let now = 0;
  let isDown = false;
  let fetches = 0;
  const tokens = createCachedTokens({
    clock: { now: () => now, epochMs: () => Number.NaN },
    async fetchToken() {
      fetches += 1;
      if (isDown) {
        throw new Error('the endpoint is down');
      }
      return { value: `token-${fetches}`, lifeMs, extensions: {} };
    },
  });
  return {
    tokens,
    fetches: () => fetches,
    at(ms: number) {
      now = ms;
    },
    down(down: boolean) {
      isDown = down;
    },
    value: async () => (await tokens.current()).value,
  };
}

test('asks once for all that need a token at the same time', async () => {
  const { tokens, fetches } = create();
  const values = await Promise.all([tokens.current(), tokens.current(), tokens.current()]);
  expect(values.map(({ value }) => value)).toEqual(['token-1', 'token-1', 'token-1']);
  expect(fetches()).toBe(1);
});

test('keeps a token for 80 % of its life, then renews it while the old one still serves', async () => {
  const { at, value, fetches } = create();
  await value();
  at(79_999);
  expect(await value()).toBe('token-1');
  expect(fetches()).toBe(1);
  at(80_000);
  expect(await value()).toBe('token-1');
  expect(fetches()).toBe(2);
  expect(await value()).toBe('token-2');
});

test('waits for a new token when the old one ends within five seconds', async () => {
  const { at, value } = create();
  await value();
  at(95_000);
  expect(await value()).toBe('token-2');
});

test('serves the old token while it is valid and the endpoint is down, says why, and recovers', async () => {
  const { tokens, at, down, value } = create();
  await value();
  down(true);
  at(90_000);
  expect(await value()).toBe('token-1');
  await expect.poll(() => tokens.failure()?.message).toBe('the endpoint is down');
  at(96_000);
  await expect(tokens.current()).rejects.toMatchObject({
    name: 'ConnectionError',
    reason: 'authentication',
    message: 'the endpoint is down',
  });
  down(false);
  at(97_000);
  expect(await value()).toMatch(/^token-/);
  expect(tokens.failure()).toBeUndefined();
});

test('leaves an endpoint that failed alone for a second', async () => {
  const { tokens, at, down, value, fetches } = create();
  down(true);
  for (const now of [0, 500, 999]) {
    at(now);
    await expect(tokens.current()).rejects.toThrow('the endpoint is down');
  }
  expect(fetches()).toBe(1);
  down(false);
  at(1_000);
  expect(await value()).toBe('token-2');
});

test('a refused token is not given out again, and the next one is requested at once', async () => {
  const { tokens, at, value, fetches } = create();
  const first = await tokens.current();
  at(10_000);
  tokens.invalidate(first, new Error('the broker rejected it'));
  expect(tokens.failure()?.message).toBe('the broker rejected it');
  expect(await value()).toBe('token-2');
  expect(tokens.failure()).toBeUndefined();
  // This rejection comes from another connection that still used the first token.
  tokens.invalidate(first, new Error('the broker rejected it'));
  expect(await value()).toBe('token-2');
  expect(fetches()).toBe(2);
});

test('an endpoint whose tokens are refused is requested one every five seconds', async () => {
  const { tokens, at, fetches } = create();
  for (let now = 0; now < 20_000; now += 500) {
    at(now);
    const token = await tokens.current().catch(() => undefined);
    if (token !== undefined) {
      tokens.invalidate(token, new Error('the broker rejected it'));
      await expect(tokens.current()).rejects.toThrow('the broker rejected it');
    }
  }
  expect(fetches()).toBe(4);
});

test('a short token is not used in its last three seconds, in which a session would be too short', async () => {
  const { at, value } = create(5_000);
  await value();
  at(1_999);
  expect(await value()).toBe('token-1');
  at(2_000);
  expect(await value()).toBe('token-2');
});
