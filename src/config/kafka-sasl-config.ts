import type { ConfigProblem } from '../runtime/config-error.ts';
import { readCredentialFile } from './files.ts';
import { booleanVariable, choiceVariable, textVariable, type Values } from './variables.ts';

export interface KafkaSaslConfig {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  /** One of the two is set. */
  readonly password?: string;
  readonly passwordFile?: string;
}

export const kafkaSaslEntries = {
  KAFKA_SASL_MECHANISM: choiceVariable(['plain', 'scram-sha-256', 'scram-sha-512'], undefined),
  KAFKA_SASL_USERNAME: textVariable(undefined),
  KAFKA_SASL_PASSWORD: textVariable(undefined),
  KAFKA_SASL_PASSWORD_FILE: textVariable(undefined),
  KAFKA_SASL_ALLOW_PLAINTEXT: booleanVariable(false),
};

/** `undefined` without a login. A login without TLS is a problem unless it is allowed explicitly. */
export function toKafkaSasl(
  read: Values<typeof kafkaSaslEntries> & { readonly KAFKA_TLS: boolean },
  problems: ConfigProblem[],
): KafkaSaslConfig | undefined {
  const {
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: username,
    KAFKA_SASL_PASSWORD: password,
    KAFKA_SASL_PASSWORD_FILE: passwordFile,
  } = read;
  const report = (variable: keyof typeof read, message: string) => problems.push({ variable, message });
  if (mechanism === undefined) {
    if (username ?? password ?? passwordFile) {
      report(
        'KAFKA_SASL_MECHANISM',
        'is missing while other KAFKA_SASL_ variables are set: set plain, scram-sha-256 or scram-sha-512.',
      );
    }
    return undefined;
  }
  if (username === undefined) {
    report('KAFKA_SASL_USERNAME', `is missing: ${mechanism} needs a user name.`);
  }
  if ((password === undefined) === (passwordFile === undefined)) {
    report('KAFKA_SASL_PASSWORD', 'set either this or KAFKA_SASL_PASSWORD_FILE.');
  }
  if (passwordFile !== undefined) {
    readCredentialFile('KAFKA_SASL_PASSWORD_FILE', passwordFile, problems);
  }
  if (!read.KAFKA_TLS && !read.KAFKA_SASL_ALLOW_PLAINTEXT) {
    report(
      'KAFKA_TLS',
      `is false while KAFKA_SASL_MECHANISM is set: ${plaintextRisk(mechanism)}, and so would every event. Set it to true; only where nobody else is on the network set KAFKA_SASL_ALLOW_PLAINTEXT to true instead.`,
    );
  }
  return {
    mechanism,
    username: username ?? '',
    ...(password !== undefined && { password }),
    ...(passwordFile !== undefined && { passwordFile }),
  };
}

/** What an eavesdropper gets from SASL without TLS, as a half sentence. */
function plaintextRisk(mechanism: KafkaSaslConfig['mechanism']): string {
  return mechanism === 'plain'
    ? 'the password would cross the network as it is'
    : 'what the password can be guessed from would cross the network';
}
