import { expect, onTestFinished, vi } from 'vitest';
import type { Env } from '../../src/runtime/config-error.ts';
import { startTokenEndpoint } from '../support/kafka/oauth/token-endpoint.ts';
import { startScriptedBroker } from '../support/kafka/scripted-broker.ts';
import { waitUntil } from '../support/wait-until.ts';
import { type Open, whileOpen } from './open.ts';
import { type Row, row, writeText } from './trial.ts';

const allowed = { ALLOW_PLAINTEXT: 'true' };
const plain = { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'one', KAFKA_SASL_PASSWORD: 'first' };
const oauth = { ...allowed, KAFKA_SASL_MECHANISM: 'oauthbearer' };
const client = { KAFKA_SASL_USERNAME: 'one', KAFKA_SASL_PASSWORD: 'first' };
const startEndpoint = () => startTokenEndpoint({ answer: () => ({ body: { access_token: 'given' } }) });

/** Rows for the connection to Kafka, for both processes. */
export function kafkaAccessRows(open: Open): Row[] {
  /** Returns the first login message that a broker receives. */
  async function seeLogin(env: Env): Promise<string> {
    const heard = Promise.withResolvers<string>();
    const login = (token: string) => {
      heard.resolve(token);
      return '';
    };
    using broker = await startScriptedBroker({ login });
    const at = { KAFKA_BROKERS: `127.0.0.1:${broker.port}` };
    return await whileOpen(open, { ...at, ...env }, () => heard.promise);
  }

  return [
    row('KAFKA_BROKERS', async () => {
      const [one, other] = [await startScriptedBroker(), await startScriptedBroker()];
      onTestFinished(() => {
        one[Symbol.dispose]();
        other[Symbol.dispose]();
      });
      const see = (env: Env) => {
        const known = [one.connections, other.connections];
        const listAsked = () => [one, other].map(({ connections }, index) => connections !== known[index]);
        return whileOpen(open, env, () =>
          waitUntil(() => listAsked().includes(true) && listAsked(), {
            ...{ timeoutMs: 20_000, what: 'a broker is asked', pollMs: 10 },
          }),
        );
      };
      return { from: `127.0.0.1:${one.port}`, to: `127.0.0.1:${other.port}`, see, shows: [false, true] };
    }),
    row('KAFKA_SASL_MECHANISM', () => ({
      beside: { ...allowed, ...plain },
      from: 'plain',
      to: 'scram-sha-256',
      see: seeLogin,
      shows: expect.stringMatching(/^n,,n=one,r=/),
    })),
    row('KAFKA_SASL_USERNAME', () => ({
      beside: { ...allowed, ...plain },
      ...{ from: 'one', to: 'two', see: seeLogin, shows: '\0two\0first' },
    })),
    row('KAFKA_SASL_PASSWORD', () => ({
      beside: { ...allowed, ...plain },
      ...{ from: 'first', to: 'second', see: seeLogin, shows: '\0one\0second' },
    })),
    row('KAFKA_SASL_PASSWORD_FILE', () => ({
      beside: { ...allowed, ...plain, KAFKA_SASL_PASSWORD: '' },
      from: writeText('first'),
      to: writeText('second'),
      see: seeLogin,
      shows: '\0one\0second',
    })),
    row(
      'ALLOW_PLAINTEXT',
      () => ({ beside: plain, to: 'true', see: seeLogin, shows: '\0one\0first' }),
      'kafka',
    ),
    row('KAFKA_OAUTH_TOKEN_FILE', () => ({
      beside: oauth,
      from: writeText('first'),
      to: writeText('second'),
      see: seeLogin,
      shows: expect.stringContaining('auth=Bearer second'),
    })),
    row('KAFKA_OAUTH_EXTENSIONS', () => ({
      beside: { ...oauth, KAFKA_OAUTH_TOKEN_FILE: writeText('first') },
      to: 'pool=north',
      see: seeLogin,
      shows: expect.stringContaining('pool=north'),
    })),
    row('KAFKA_OAUTH_TOKEN_ENDPOINT', async () => {
      const [one, other] = [await startEndpoint(), await startEndpoint()];
      const see = async (env: Env) => {
        await seeLogin(env);
        return [one, other].map(({ requests }) => requests.length > 0);
      };
      return { beside: { ...oauth, ...client }, from: one.url, to: other.url, see, shows: [true, true] };
    }),
    row('KAFKA_OAUTH_SCOPE', async () => {
      const { url, requests } = await startEndpoint();
      const see = async (env: Env) => {
        await seeLogin(env);
        return requests.at(-1)?.form.scope;
      };
      const beside = { ...oauth, ...client, KAFKA_OAUTH_TOKEN_ENDPOINT: url };
      return { beside, to: 'events', see, shows: 'events' };
    }),
    row('AWS_REGION', () => {
      vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'not-a-real-secret-key');
      onTestFinished(() => void vi.unstubAllEnvs());
      const see = async (env: Env) => {
        const [, token = ''] = /Bearer ([\w-]+)/.exec(await seeLogin(env)) ?? [];
        return new URL(Buffer.from(token, 'base64url').toString()).host;
      };
      const shows = 'kafka.eu-central-1.amazonaws.com';
      return { beside: oauth, from: 'eu-west-1', to: 'eu-central-1', see, shows };
    }),
  ];
}
