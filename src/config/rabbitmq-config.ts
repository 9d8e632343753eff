import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { checkReadable, readCredentialFile } from './files.ts';
import { describePlaintextPassword } from './plaintext-password.ts';
import { hasPlaintextPassword, parseRabbitMqUrls, type RabbitMqAddress } from './rabbitmq-url.ts';
import type { GivenTopics, StoreSettings } from './store-settings.ts';
import {
  booleanVariable,
  credentialVariable,
  integerVariable,
  patternVariable,
  readVariables,
  textVariable,
  type Values,
} from './variables.ts';

/** A file is read anew for each connection: a new password counts without a restart. */
export type RabbitMqUrlSource = { readonly text: string } | { readonly file: string };

export interface RabbitMqTlsConfig {
  /** Without it Node's own list of authorities is used. */
  readonly caFile?: string;
  /** With its key, or neither. */
  readonly certFile?: string;
  readonly keyFile?: string;
  /** The name in the certificate of every server; otherwise the host of its URL. */
  readonly serverName?: string;
}

/** Where events go: to one queue, to several that share them by their keys, or to an exchange that routes them. */
export type RabbitMqLayout = { readonly queueCount: number } | { readonly exchange: string };

export interface RabbitMqConfig {
  readonly url: RabbitMqUrlSource;
  /** A password may cross the network without TLS. */
  readonly allowPlaintext: boolean;
  readonly layout: RabbitMqLayout;
  readonly tls: RabbitMqTlsConfig;
}

const namePattern = /^[a-zA-Z0-9._-]{1,200}$/;
const nameExpected = (what: string) => `the name of ${what} (1 to 200 of a-z, A-Z, 0-9, ".", "_", "-")`;

const rabbitMqNameEntries = {
  RABBITMQ_QUEUE: patternVariable(undefined, namePattern, nameExpected('a queue')),
  RABBITMQ_DEAD_LETTER_QUEUE: patternVariable(undefined, namePattern, nameExpected('a queue')),
  RABBITMQ_EXCHANGE: patternVariable(undefined, namePattern, nameExpected('an exchange')),
  RABBITMQ_QUEUE_RULES: textVariable(undefined),
};

const rabbitMqEntries = {
  RABBITMQ_URL: credentialVariable(),
  RABBITMQ_URL_FILE: textVariable(undefined),
  CLOUDAMQP_URL: credentialVariable(),
  RABBITMQ_ALLOW_PLAINTEXT: booleanVariable(false),
  RABBITMQ_QUEUE_COUNT: integerVariable(undefined, { min: 1, max: 128 }),
  RABBITMQ_TLS_CA_FILE: textVariable(undefined),
  RABBITMQ_TLS_CERT_FILE: textVariable(undefined),
  RABBITMQ_TLS_KEY_FILE: textVariable(undefined),
  RABBITMQ_TLS_SERVER_NAME: textVariable(undefined),
};

/** By these headers RabbitMQ routes, and it refuses a message in which they are text. */
const routingHeaders = ['CC', 'BCC'];

export const rabbitMqSettings: StoreSettings<RabbitMqConfig> = {
  title: 'RabbitMQ',
  choosing: ['RABBITMQ_URL', 'RABBITMQ_URL_FILE', 'CLOUDAMQP_URL'],
  setByPlatforms: ['CLOUDAMQP_URL'],
  variables: Object.keys({ ...rabbitMqEntries, ...rabbitMqNameEntries }),
  topicVariables: {
    events: 'RABBITMQ_QUEUE',
    deadLetter: 'RABBITMQ_DEAD_LETTER_QUEUE',
    // No filter writes latest states there.
    latest: 'RABBITMQ_QUEUE',
    rules: 'RABBITMQ_QUEUE_RULES',
  },
  readTopics: readRabbitMqNames,
  read: readRabbitMqConfig,
  countShares: ({ layout }) => ({
    count: 'queueCount' in layout ? layout.queueCount : 1,
    variable: 'RABBITMQ_QUEUE_COUNT',
  }),
  check(_config, { recordHeaders = {} }, problems) {
    const name = routingHeaders.find((each) => Object.hasOwn(recordHeaders, each));
    if (name !== undefined) {
      problems.push({
        variable: 'RECORD_HEADERS',
        message: `has the header ${name}, by which RabbitMQ routes: give it another name.`,
      });
    }
  },
};

type RabbitMqValues = Values<typeof rabbitMqEntries>;

/** `undefined` when none of `RABBITMQ_URL`, `RABBITMQ_URL_FILE` and CloudAMQP's `CLOUDAMQP_URL` is set. */
export function readRabbitMqConfig(env: Env, problems: ConfigProblem[]): RabbitMqConfig | undefined {
  const read = readVariables(rabbitMqEntries, env, problems);
  const { RABBITMQ_URL: text = read.CLOUDAMQP_URL, RABBITMQ_URL_FILE: file } = read;
  if (text === undefined && file === undefined) {
    return undefined;
  }
  if (read.RABBITMQ_URL !== undefined && file !== undefined) {
    problems.push({
      variable: 'RABBITMQ_URL',
      message: 'is set, and so is RABBITMQ_URL_FILE: keep one of the two.',
    });
  }
  checkTls(read, checkUrl(read, problems), problems);
  return {
    url: file === undefined ? { text: text ?? '' } : { file },
    allowPlaintext: read.RABBITMQ_ALLOW_PLAINTEXT,
    layout: toLayout(read, env, problems),
    tls: {
      ...(read.RABBITMQ_TLS_CA_FILE !== undefined && { caFile: read.RABBITMQ_TLS_CA_FILE }),
      ...(read.RABBITMQ_TLS_CERT_FILE !== undefined && { certFile: read.RABBITMQ_TLS_CERT_FILE }),
      ...(read.RABBITMQ_TLS_KEY_FILE !== undefined && { keyFile: read.RABBITMQ_TLS_KEY_FILE }),
      ...(read.RABBITMQ_TLS_SERVER_NAME !== undefined && { serverName: read.RABBITMQ_TLS_SERVER_NAME }),
    },
  };
}

/** Names of queues, or for events those of exchanges. */
export function readRabbitMqNames(env: Env, problems: ConfigProblem[]): GivenTopics {
  const read = readVariables(rabbitMqNameEntries, env, problems);
  const { RABBITMQ_EXCHANGE: exchange, RABBITMQ_QUEUE: queue = 'comapi.events' } = read;
  return {
    events: exchange ?? queue,
    deadLetter: read.RABBITMQ_DEAD_LETTER_QUEUE ?? 'comapi.events.dead-letter',
    rules: read.RABBITMQ_QUEUE_RULES,
  };
}

function toLayout(read: RabbitMqValues, env: Env, problems: ConfigProblem[]): RabbitMqLayout {
  const { RABBITMQ_EXCHANGE: exchange, RABBITMQ_QUEUE: queue } = readVariables(rabbitMqNameEntries, env, []);
  if (exchange === undefined) {
    return { queueCount: read.RABBITMQ_QUEUE_COUNT ?? 1 };
  }
  const other = [
    ['RABBITMQ_QUEUE', queue],
    ['RABBITMQ_QUEUE_COUNT', read.RABBITMQ_QUEUE_COUNT],
  ].find(([, value]) => value !== undefined);
  if (other !== undefined) {
    problems.push({
      variable: 'RABBITMQ_EXCHANGE',
      message: `is set, and so is ${other[0]}: the exchange alone decides which queues get the events. Keep one of the two.`,
    });
  }
  return { exchange };
}

/** @returns whether the URLs ask for TLS; `undefined` when they cannot be used */
function checkUrl(read: RabbitMqValues, problems: ConfigProblem[]): boolean | undefined {
  const { RABBITMQ_URL: own, RABBITMQ_URL_FILE: file, CLOUDAMQP_URL: given } = read;
  const variable =
    file !== undefined ? 'RABBITMQ_URL_FILE' : own === undefined ? 'CLOUDAMQP_URL' : 'RABBITMQ_URL';
  const text = file === undefined ? (own ?? given) : readCredentialFile(variable, file, problems);
  if (text === undefined) {
    return undefined;
  }
  const addresses = parseRabbitMqUrls(text);
  if (typeof addresses === 'string') {
    problems.push({ variable, message: addresses });
    return undefined;
  }
  const fault = findPlaintextPassword(addresses, read.RABBITMQ_ALLOW_PLAINTEXT);
  if (fault !== undefined) {
    problems.push({ variable, message: fault });
  }
  return addresses[0]?.isTls;
}

/** Why these addresses must not be logged in to; `undefined` when they may be. */
export function findPlaintextPassword(
  addresses: readonly RabbitMqAddress[],
  allowPlaintext: boolean,
): string | undefined {
  return allowPlaintext || !addresses.some(hasPlaintextPassword)
    ? undefined
    : describePlaintextPassword({ secureScheme: 'amqps://', allowVariable: 'RABBITMQ_ALLOW_PLAINTEXT' });
}

function checkTls(read: RabbitMqValues, isTls: boolean | undefined, problems: ConfigProblem[]): void {
  const { RABBITMQ_TLS_CA_FILE, RABBITMQ_TLS_CERT_FILE, RABBITMQ_TLS_KEY_FILE } = read;
  checkReadable({ RABBITMQ_TLS_CA_FILE, RABBITMQ_TLS_CERT_FILE, RABBITMQ_TLS_KEY_FILE }, problems);
  const set = Object.entries(read).find(
    ([name, value]) => name.startsWith('RABBITMQ_TLS_') && value !== undefined,
  );
  if (isTls === false && set !== undefined) {
    problems.push({ variable: set[0], message: 'is set while the URL is amqp://: give amqps:// for TLS.' });
  }
  if ((RABBITMQ_TLS_CERT_FILE === undefined) !== (RABBITMQ_TLS_KEY_FILE === undefined)) {
    problems.push({
      variable: RABBITMQ_TLS_CERT_FILE === undefined ? 'RABBITMQ_TLS_CERT_FILE' : 'RABBITMQ_TLS_KEY_FILE',
      message: 'is missing: a client certificate needs both its certificate and its key.',
    });
  }
}
