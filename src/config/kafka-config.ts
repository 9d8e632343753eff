import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { checkReadable, readCredentialFile } from './files.ts';
import { quoteValue } from './quote-value.ts';
import {
  booleanVariable,
  choiceVariable,
  listVariable,
  patternVariable,
  readVariables,
  textVariable,
} from './variables.ts';

export interface KafkaTlsConfig {
  /** PEM files; re-read for each new connection set. */
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

export interface KafkaSaslConfig {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  /** One of the two is set. */
  readonly password?: string;
  readonly passwordFile?: string;
}

export interface KafkaConnectionConfig {
  /** `host:port` of at least one broker. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly tls?: KafkaTlsConfig;
  readonly sasl?: KafkaSaslConfig;
}

export interface KafkaConfig {
  readonly connection: KafkaConnectionConfig;
}

export interface TopicNames {
  readonly events: string;
  readonly deadLetter: string;
  /** Compacted, written by the revision filter. */
  readonly latest: string;
}

const topicPattern = /^[a-zA-Z0-9._-]{1,249}$/;
const topicExpected = 'a topic name (1 to 249 of a-z, A-Z, 0-9, ".", "_", "-")';

const topicEntries = {
  KAFKA_TOPIC: patternVariable('comapi.events', topicPattern, topicExpected),
  KAFKA_DEAD_LETTER_TOPIC: patternVariable('comapi.events.dead-letter', topicPattern, topicExpected),
  KAFKA_LATEST_TOPIC: patternVariable('comapi.events.latest', topicPattern, topicExpected),
};

export function readTopicNames(env: Env, problems: ConfigProblem[]): TopicNames {
  const read = readVariables(topicEntries, env, problems);
  return {
    events: read.KAFKA_TOPIC,
    deadLetter: read.KAFKA_DEAD_LETTER_TOPIC,
    latest: read.KAFKA_LATEST_TOPIC,
  };
}

const connectionEntries = {
  KAFKA_BROKERS: listVariable(),
  KAFKA_CLIENT_ID: textVariable('comapi-webhook'),
  KAFKA_TLS: booleanVariable(false),
  KAFKA_TLS_CA_FILE: textVariable(undefined),
  KAFKA_TLS_CERT_FILE: textVariable(undefined),
  KAFKA_TLS_KEY_FILE: textVariable(undefined),
  KAFKA_SASL_MECHANISM: choiceVariable(['plain', 'scram-sha-256', 'scram-sha-512'], undefined),
  KAFKA_SASL_USERNAME: textVariable(undefined),
  KAFKA_SASL_PASSWORD: textVariable(undefined),
  KAFKA_SASL_PASSWORD_FILE: textVariable(undefined),
  KAFKA_SASL_ALLOW_PLAINTEXT: booleanVariable(false),
};

type ConnectionVariables = ReturnType<typeof readVariables<typeof connectionEntries>>;

/** `undefined` without `KAFKA_BROKERS`: the sink is then the journal. */
export function readKafkaConfig(env: Env, problems: ConfigProblem[]): KafkaConfig | undefined {
  const read = readVariables(connectionEntries, env, problems);
  if (read.KAFKA_BROKERS.length === 0) {
    return undefined;
  }
  for (const broker of read.KAFKA_BROKERS) {
    if (broker.includes('@')) {
      problems.push({
        variable: 'KAFKA_BROKERS',
        message:
          'holds a user name or a password, which would be shown and logged: give host:port, and KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD_FILE for the user.',
      });
    } else if (!/^(\[[0-9a-fA-F:.]+\]|[^\s:/]+):\d{1,5}$/.test(broker)) {
      problems.push({ variable: 'KAFKA_BROKERS', message: `${quoteValue(broker)} is not host:port.` });
    }
  }
  const tls = readTls(read, problems);
  const sasl = readSasl(read, problems);
  return {
    connection: {
      brokers: read.KAFKA_BROKERS,
      clientId: read.KAFKA_CLIENT_ID,
      ...(tls && { tls }),
      ...(sasl && { sasl }),
    },
  };
}

function readTls(read: ConnectionVariables, problems: ConfigProblem[]): KafkaTlsConfig | undefined {
  const { KAFKA_TLS_CA_FILE: caFile, KAFKA_TLS_CERT_FILE: certFile, KAFKA_TLS_KEY_FILE: keyFile } = read;
  if (!read.KAFKA_TLS) {
    if (caFile ?? certFile ?? keyFile) {
      problems.push({
        variable: 'KAFKA_TLS',
        message: 'is false while KAFKA_TLS_*_FILE is set: set it to true.',
      });
    }
    return undefined;
  }
  if ((certFile === undefined) !== (keyFile === undefined)) {
    const variable = certFile === undefined ? 'KAFKA_TLS_CERT_FILE' : 'KAFKA_TLS_KEY_FILE';
    problems.push({
      variable,
      message: 'is missing: a client certificate needs both its certificate and its key.',
    });
  }
  checkReadable(
    { KAFKA_TLS_CA_FILE: caFile, KAFKA_TLS_CERT_FILE: certFile, KAFKA_TLS_KEY_FILE: keyFile },
    problems,
  );
  return { ...(caFile && { caFile }), ...(certFile && { certFile }), ...(keyFile && { keyFile }) };
}

function readSasl(read: ConnectionVariables, problems: ConfigProblem[]): KafkaSaslConfig | undefined {
  const {
    KAFKA_SASL_USERNAME: username,
    KAFKA_SASL_PASSWORD: password,
    KAFKA_SASL_PASSWORD_FILE: passwordFile,
  } = read;
  const mechanism = read.KAFKA_SASL_MECHANISM;
  if (mechanism === undefined) {
    if (username ?? password ?? passwordFile) {
      problems.push({
        variable: 'KAFKA_SASL_MECHANISM',
        message:
          'is missing while other KAFKA_SASL_ variables are set: set plain, scram-sha-256 or scram-sha-512.',
      });
    }
    return undefined;
  }
  if (username === undefined) {
    problems.push({
      variable: 'KAFKA_SASL_USERNAME',
      message: `is missing: ${mechanism} needs a user name.`,
    });
  }
  if ((password === undefined) === (passwordFile === undefined)) {
    problems.push({
      variable: 'KAFKA_SASL_PASSWORD',
      message: 'set either this or KAFKA_SASL_PASSWORD_FILE.',
    });
  }
  if (passwordFile !== undefined) {
    readCredentialFile('KAFKA_SASL_PASSWORD_FILE', passwordFile, problems);
  }
  if (!read.KAFKA_TLS && !read.KAFKA_SASL_ALLOW_PLAINTEXT) {
    problems.push({
      variable: 'KAFKA_TLS',
      message: `is false while KAFKA_SASL_MECHANISM is set: ${plaintextRisk(mechanism)}, and so would every event. Set it to true; only where nobody else is on the network set KAFKA_SASL_ALLOW_PLAINTEXT to true instead.`,
    });
  }
  return {
    mechanism,
    username: username ?? '',
    ...(password !== undefined && { password }),
    ...(passwordFile !== undefined && { passwordFile }),
  };
}

/** What a stranger on the network gets from SASL without TLS, as a half sentence. */
function plaintextRisk(mechanism: KafkaSaslConfig['mechanism']): string {
  return mechanism === 'plain'
    ? 'the password would cross the network as it is'
    : 'what the password can be guessed from would cross the network';
}
