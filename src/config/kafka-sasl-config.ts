import type { ConfigProblem } from '../runtime/config-error.ts';
import { checkCredential } from './files.ts';
import { isOauthSet, type KafkaOauthConfig, kafkaOauthEntries, toKafkaOauth } from './kafka-oauth-config.ts';
import {
  booleanVariable,
  choiceVariable,
  credentialVariable,
  textVariable,
  type Values,
} from './variables.ts';

export interface KafkaPasswordConfig {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  /** One of the two is set. */
  readonly password?: string;
  readonly passwordFile?: string;
}

export type KafkaSaslConfig =
  | KafkaPasswordConfig
  | { readonly mechanism: 'oauthbearer'; readonly oauth: KafkaOauthConfig };

export const kafkaSaslEntries = {
  KAFKA_SASL_MECHANISM: choiceVariable(['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'], undefined),
  KAFKA_SASL_USERNAME: credentialVariable(),
  KAFKA_SASL_PASSWORD: credentialVariable(),
  KAFKA_SASL_PASSWORD_FILE: textVariable(undefined),
  KAFKA_SASL_ALLOW_PLAINTEXT: booleanVariable(false),
  ...kafkaOauthEntries,
};

type SaslValues = Values<typeof kafkaSaslEntries>;
type Report = (variable: keyof SaslValues | 'KAFKA_TLS', message: string) => void;

/** `undefined` without a login. A login without TLS is a problem unless it is allowed explicitly. */
export function toKafkaSasl(
  read: SaslValues & { readonly KAFKA_TLS: boolean },
  problems: ConfigProblem[],
): KafkaSaslConfig | undefined {
  const mechanism = read.KAFKA_SASL_MECHANISM;
  const report: Report = (variable, message) => problems.push({ variable, message });
  const hasPassword = isPasswordSet(read);
  if (mechanism === undefined) {
    if (hasPassword || isOauthSet(read)) {
      report(
        'KAFKA_SASL_MECHANISM',
        'is missing while other KAFKA_SASL_ or KAFKA_OAUTH_ variables are set: set plain, scram-sha-256, scram-sha-512 or oauthbearer.',
      );
    }
    return undefined;
  }
  if (!read.KAFKA_TLS && !read.KAFKA_SASL_ALLOW_PLAINTEXT) {
    report(
      'KAFKA_TLS',
      `is false while KAFKA_SASL_MECHANISM is set: ${plaintextRisks[mechanism]}, and so would every event. Set it to true; only where nobody else is on the network set KAFKA_SASL_ALLOW_PLAINTEXT to true instead.`,
    );
  }
  if (mechanism === 'oauthbearer') {
    if (hasPassword) {
      report('KAFKA_SASL_USERNAME', 'oauthbearer has neither user name nor password: remove them.');
    }
    const oauth = toKafkaOauth(read, problems);
    return oauth && { mechanism, oauth };
  }
  if (isOauthSet(read)) {
    report('KAFKA_SASL_MECHANISM', `is ${mechanism} while KAFKA_OAUTH_ variables are set: set oauthbearer.`);
  }
  return toPassword(mechanism, read, problems, report);
}

function isPasswordSet(read: SaslValues): boolean {
  return [read.KAFKA_SASL_USERNAME, read.KAFKA_SASL_PASSWORD, read.KAFKA_SASL_PASSWORD_FILE].some(
    (value) => value !== undefined,
  );
}

function toPassword(
  mechanism: KafkaPasswordConfig['mechanism'],
  read: SaslValues,
  problems: ConfigProblem[],
  report: Report,
): KafkaPasswordConfig {
  const {
    KAFKA_SASL_USERNAME: username,
    KAFKA_SASL_PASSWORD: password,
    KAFKA_SASL_PASSWORD_FILE: passwordFile,
  } = read;
  if (username === undefined) {
    report('KAFKA_SASL_USERNAME', `is missing: ${mechanism} needs a user name.`);
  }
  checkCredential('KAFKA_SASL_PASSWORD', { value: password, file: passwordFile }, problems);
  return {
    mechanism,
    username: username ?? '',
    ...(password !== undefined && { password }),
    ...(passwordFile !== undefined && { passwordFile }),
  };
}

const guessable = 'what the password can be guessed from would cross the network';

/** What an eavesdropper gets from SASL without TLS, as a half sentence. */
const plaintextRisks: Readonly<Record<KafkaSaslConfig['mechanism'], string>> = {
  plain: 'the password would cross the network as it is',
  'scram-sha-256': guessable,
  'scram-sha-512': guessable,
  oauthbearer: 'the token would cross the network as it is',
};
