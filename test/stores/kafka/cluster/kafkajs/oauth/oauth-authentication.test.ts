import type { AuthenticationProviderArgs } from 'kafkajs';
import { expect, test, vi } from 'vitest';
import { ConnectionError } from '../../../../../../src/stores/kafka/cluster/errors/connection-error.ts';
import { createOauthAuthentication } from '../../../../../../src/stores/kafka/cluster/kafkajs/oauth/oauth-authentication.ts';
import type {
  OauthToken,
  TokenSource,
} from '../../../../../../src/stores/kafka/cluster/kafkajs/oauth/oauth-token.ts';
import { captureLog } from '../../../../../support/captured-log.ts';

const token: OauthToken = { value: 'abc.def', extensions: {} };

/** Each answer is the broker's response, or an error that ends the login. */
function setUp(tokens: Partial<TokenSource>, answers: readonly (string | null | Error)[]) {
  const log = captureLog();
  const sent: string[] = [];
  const left = [...answers];
  const saslAuthenticate: AuthenticationProviderArgs['saslAuthenticate'] = async ({ request, response }) => {
    const bytes = await request.encode();
    expect(bytes.readInt32BE(0)).toBe(bytes.length - 4);
    sent.push(bytes.toString('utf8', 4));
    const answer = left.shift();
    if (answer instanceof Error) {
      throw answer;
    }
    const text = Buffer.from(answer ?? '');
    const length = Buffer.alloc(4);
    length.writeInt32BE(answer === null ? -1 : text.length);
    return response?.parse(await response.decode(Buffer.concat([length, text])));
  };
  const source: TokenSource = {
    current: async () => token,
    invalidate: () => undefined,
    failure: () => undefined,
    ...tokens,
  };
  const provider = createOauthAuthentication(source, log.logger);
  const args = { host: 'broker', port: 9092, saslAuthenticate } as AuthenticationProviderArgs;
  return { login: () => provider(args).authenticate(), sent, log };
}

test.each(['', null])('an answer of %j ends the login well, and nothing more is sent', async (answer) => {
  const { login, sent, log } = setUp({}, [answer]);
  await login();
  expect(sent).toEqual(['n,,\u0001auth=Bearer abc.def\u0001\u0001']);
  expect(log.lines).toEqual([]);
});

test('the extensions of a token go with it, each as a pair of its own', async () => {
  const extensions = { logicalCluster: 'lkc-1', identityPoolId: 'pool-2' };
  const { login, sent } = setUp({ current: async () => ({ ...token, extensions }) }, ['']);
  await login();
  expect(sent).toEqual([
    'n,,\u0001auth=Bearer abc.def\u0001logicalCluster=lkc-1\u0001identityPoolId=pool-2\u0001\u0001',
  ]);
});

test.each([
  ['then ends the login', new Error('Authentication failed')],
  ['then answers once more', ''],
])('a broker that refuses the token and %s is a failed login with its reason', async (_what, second) => {
  const refuse = vi.fn();
  const { login, sent } = setUp({ invalidate: refuse }, ['{"status":"invalid_token"}', second]);
  await expect(login()).rejects.toMatchObject({
    reason: 'authentication',
    message:
      'the broker rejected the OAuth token: {"status":"invalid_token"}; see the broker\'s log for the reason',
  });
  expect(sent.slice(1)).toEqual(['\u0001']);
  expect(refuse).toHaveBeenCalledExactlyOnceWith(token, expect.any(ConnectionError));
});

test('a refusal by an error of the broker drops the token too; a connection that ends does not', async () => {
  const refused = Object.assign(new Error('no'), { name: 'KafkaJSProtocolError', code: 58 });
  const refuse = vi.fn();
  await expect(setUp({ invalidate: refuse }, [refused]).login()).rejects.toMatchObject({
    reason: 'authentication',
    message: "the broker rejected the OAuth token: no; see the broker's log for the reason",
  });
  expect(refuse).toHaveBeenCalledTimes(1);
  await expect(setUp({ invalidate: refuse }, [new Error('closed')]).login()).rejects.toThrow('closed');
  expect(refuse).toHaveBeenCalledTimes(1);
});

test('a refusal is one short line, whatever the broker writes', async () => {
  const { login } = setUp({}, [`first\r\n\u001b[31msecond${'x'.repeat(5_000)}`, '']);
  const error = await login().catch((caught: unknown) => caught as Error);
  expect(error?.message).toContain('first [31msecond');
  expect(error?.message).not.toMatch(/\p{Cc}/u);
  expect(error?.message.length).toBeLessThan(400);
});

test('without a token nothing is sent', async () => {
  const none = new Error('no token');
  const { login, sent } = setUp({ current: () => Promise.reject(none) }, []);
  await expect(login()).rejects.toBe(none);
  expect(sent).toEqual([]);
});

test('a token that is old but valid logs in, with a warning that does not show it', async () => {
  const { login, log } = setUp({ failure: () => new Error('the endpoint returns 500') }, ['']);
  await login();
  expect(log.lines).toMatchObject([{ broker: 'broker:9092', failure: 'the endpoint returns 500' }]);
  expect(log.text()).not.toContain(token.value);
});
