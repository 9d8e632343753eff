import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface TokenClaims {
  readonly audience?: string;
  /** Lifetime of the token in seconds. */
  readonly lifeSeconds?: number;
}

const issuer = 'https://issuer.test';
const keyId = 'test-key';
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * Creates an issuer that signs JSON Web Tokens, as an identity provider does.
 *
 * @param directory directory for the file with the public key
 */
export function createTokenIssuer(directory: string) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwksFile = join(directory, 'jwks.json');
  const key = { ...publicKey.export({ format: 'jwk' }), kid: keyId, alg: 'RS256', use: 'sig' };
  writeFileSync(jwksFile, JSON.stringify({ keys: [key] }));
  const module = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule';
  const handler = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler';
  return {
    createToken({ audience = 'kafka', lifeSeconds = 3600 }: TokenClaims = {}) {
      const now = Math.floor(Date.now() / 1000);
      const issued = Math.min(now, now + lifeSeconds - 60);
      const body = { iss: issuer, sub: 'receiver', aud: audience, iat: issued, exp: now + lifeSeconds };
      const signed = `${encode({ alg: 'RS256', kid: keyId })}.${encode({ ...body, jti: randomUUID() })}`;
      return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
    },
    /** Settings of a broker that trusts this issuer for the audience "kafka". */
    brokerConfig: {
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
      'listener.name.sasl.oauthbearer.sasl.jaas.config': `${module} required unsecuredLoginStringClaim_sub="broker";`,
      'listener.name.sasl.oauthbearer.sasl.server.callback.handler.class': handler,
      'sasl.oauthbearer.jwks.endpoint.url': `file:${jwksFile}`,
      'sasl.oauthbearer.expected.audience': 'kafka',
      'sasl.oauthbearer.expected.issuer': issuer,
    },
    /** Newer brokers read keys only from URLs that are listed in a system property. */
    javaOptions: [`-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=file:${jwksFile}`],
  };
}
