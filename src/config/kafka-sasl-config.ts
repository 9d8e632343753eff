import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { checkCredential } from './credential.ts';
import {
  hasOauthSettings,
  type KafkaOauthConfig,
  kafkaOauthVariables,
  toKafkaOauth,
} from './kafka-oauth-config.ts';
import { allowPlaintextVariable } from './process-config.ts';
import {
  defineChoiceVariable,
  defineCredentialVariable,
  defineTextVariable,
  readVariables,
  type Values,
} from './variables.ts';

export type KafkaPasswordConfig = Values<typeof passwordVariables> & {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
};

export type KafkaSaslConfig =
  | KafkaPasswordConfig
  | { readonly mechanism: 'oauthbearer'; readonly oauth: KafkaOauthConfig };

const passwordVariables = {
  username: defineCredentialVariable('KAFKA_SASL_USERNAME'),
  /** The password or its file. Exactly one of the two variables is set. */
  password: defineCredentialVariable('KAFKA_SASL_PASSWORD'),
  passwordFile: defineTextVariable('KAFKA_SASL_PASSWORD_FILE'),
};

const mechanismVariables = {
  mechanism: defineChoiceVariable('KAFKA_SASL_MECHANISM', [
    'plain',
    'scram-sha-256',
    'scram-sha-512',
    'oauthbearer',
  ]),
  allowPlaintext: allowPlaintextVariable,
};

export const kafkaSaslVariables = { ...mechanismVariables, ...passwordVariables };

/**
 * Reads the SASL settings. Returns `undefined` if SASL is not configured. SASL without TLS is a problem unless it is allowed
 * explicitly.
 */
export function readKafkaSasl(
  env: Env,
  { isTls }: { readonly isTls: boolean },
  problems: ConfigProblem[],
): KafkaSaslConfig | undefined {
  const { mechanism, allowPlaintext } = readVariables(mechanismVariables, env, problems);
  const password = readVariables(passwordVariables, env, problems);
  const oauthValues = readVariables(kafkaOauthVariables, env, problems);
  const report = (variable: string, message: string) => problems.push({ variable, message });
  const hasPassword = Object.keys(password).length > 0;
  if (mechanism === undefined) {
    if (hasPassword || hasOauthSettings(oauthValues)) {
      report(
        'KAFKA_SASL_MECHANISM',
        'is missing, but other KAFKA_SASL_ or KAFKA_OAUTH_ variables are set: set it to plain, scram-sha-256, scram-sha-512 or oauthbearer.',
      );
    }
    return undefined;
  }
  if (!isTls && !allowPlaintext) {
    report(
      'KAFKA_TLS',
      `is false, but KAFKA_SASL_MECHANISM is set: ${plaintextRiskByMechanism[mechanism]}, and so would every event. Set KAFKA_TLS=true. On a trusted network, you can set ALLOW_PLAINTEXT=true instead.`,
    );
  }
  if (mechanism === 'oauthbearer') {
    const config = toKafkaOauth(oauthValues, password, { allowPlaintext }, problems);
    return config && { mechanism, oauth: config };
  }
  if (hasOauthSettings(oauthValues)) {
    report(
      'KAFKA_SASL_MECHANISM',
      `is ${mechanism}, but KAFKA_OAUTH_ variables are set: set KAFKA_SASL_MECHANISM=oauthbearer.`,
    );
  }
  if (password.username === undefined) {
    report('KAFKA_SASL_USERNAME', `is missing: ${mechanism} needs a user name.`);
  }
  checkCredential('KAFKA_SASL_PASSWORD', { value: password.password, file: password.passwordFile }, problems);
  return { mechanism, username: '', ...password };
}

const guessablePasswordRisk = 'data from which the password can be guessed would be sent unencrypted';

/** Maps each SASL mechanism to a clause that describes the risk of using the mechanism without TLS. */
const plaintextRiskByMechanism: Readonly<Record<KafkaSaslConfig['mechanism'], string>> = {
  plain: 'the password would be sent unencrypted',
  'scram-sha-256': guessablePasswordRisk,
  'scram-sha-512': guessablePasswordRisk,
  oauthbearer: 'the token would be sent unencrypted',
};
