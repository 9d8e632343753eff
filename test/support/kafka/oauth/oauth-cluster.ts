import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KafkaOauthConfig } from '../../../../src/config/kafka-oauth-config.ts';
import {
  createKafkaAccess,
  type KafkaAccess,
} from '../../../../src/stores/kafka/cluster/kafkajs/connection-options.ts';
import { startSinkWith } from '../../kafka-sink.ts';
import { startKafkaCluster } from '../kafka-cluster.ts';
import { createTokenIssuer } from './token-issuer.ts';

export const clientSecret = 'the-secret-of-the-client';

export type OauthCluster = Awaited<ReturnType<typeof startOauthCluster>>;

/** Starts one broker that checks OAuth tokens and has short sessions. */
export async function startOauthCluster(sessionMs: number) {
  const directory = mkdtempSync(join(tmpdir(), 'kafka-oauth-'));
  const issuer = createTokenIssuer(directory);
  const cluster = await startKafkaCluster({
    nodes: 1,
    sasl: { username: 'nobody', password: 'uses this login' },
    brokerConfig: { ...issuer.brokerConfig, 'connections.max.reauth.ms': String(sessionMs) },
    javaOptions: issuer.javaOptions,
  });
  const bootstrap = cluster.saslBootstrap ?? '';
  const toAccess = (oauth: KafkaOauthConfig): KafkaAccess =>
    createKafkaAccess({
      brokers: [bootstrap],
      sasl: { mechanism: 'oauthbearer', oauth },
    });
  return {
    issuer,
    /** Address of the listener that requires a token. */
    bootstrap,
    /** Address of a listener that does not require a login. */
    internalBootstrap: cluster.internalBootstrap,
    /** Path of a file to which tests write a token. */
    tokenFile: join(directory, 'token'),
    toAccess,
    /** Starts a sink, which is closed when the test ends. */
    startSink: (oauth: KafkaOauthConfig, topic: string) => startSinkWith(toAccess(oauth), topic),
    async stop() {
      await cluster.stop();
      rmSync(directory, { recursive: true });
    },
  };
}

export function toClientCredentials(tokenEndpoint: string): KafkaOauthConfig {
  return {
    ...{ provider: 'client-credentials', tokenEndpoint, clientId: 'client', clientSecret },
    extensions: { traceId: 'ignored' },
  };
}

/** Returns the OAuth client credentials as environment variables. */
export function toClientCredentialsEnv(tokenEndpoint: string): Record<string, string> {
  return {
    KAFKA_SASL_MECHANISM: 'oauthbearer',
    ALLOW_PLAINTEXT: 'true',
    KAFKA_OAUTH_TOKEN_ENDPOINT: tokenEndpoint,
    KAFKA_SASL_USERNAME: 'client',
    KAFKA_SASL_PASSWORD: clientSecret,
  };
}
