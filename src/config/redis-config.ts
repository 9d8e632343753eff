import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { checkReadable, readCredentialFile } from './files.ts';
import { describePlaintextPassword } from './plaintext-password.ts';
import { parseRedisUrl, type RedisAddress } from './redis-url.ts';
import type { StoreSettings } from './store-settings.ts';
import { toTopicSettings } from './topic-settings.ts';
import {
  booleanVariable,
  credentialVariable,
  integerVariable,
  readVariables,
  textVariable,
  type Values,
} from './variables.ts';

/** A file is read anew for each connection: a new password counts without a restart. */
export type RedisUrlSource = { readonly text: string } | { readonly file: string };

export interface RedisTlsConfig {
  /** Without it Node's own list of authorities is used. */
  readonly caFile?: string;
  /** With its key, or neither. */
  readonly certFile?: string;
  readonly keyFile?: string;
  /** The name in the server's certificate; otherwise the host of the URL. */
  readonly serverName?: string;
  /** Encrypts without knowing to whom. */
  readonly allowAnyCertificate?: true;
}

export interface RedisConfig {
  readonly url: RedisUrlSource;
  /** A password may cross the network without TLS. */
  readonly allowPlaintext: boolean;
  /** Streams that share the events by their keys. */
  readonly streamCount: number;
  /** Replicas that must have a record on disk before it counts as stored. */
  readonly replicas: number;
  /** A server without an append-only file is taken as well. */
  readonly memoryOnly: boolean;
  /** A server that deletes streams when its memory is full is taken as well. */
  readonly allowEviction: boolean;
  readonly tls: RedisTlsConfig;
}

const redisEntries = {
  REDIS_URL: credentialVariable(),
  REDIS_URL_FILE: textVariable(undefined),
  REDIS_ALLOW_PLAINTEXT: booleanVariable(false),
  REDIS_STREAM_COUNT: integerVariable(1, { min: 1, max: 1_024 }),
  REDIS_REPLICAS: integerVariable(0, { min: 0, max: 16 }),
  REDIS_MEMORY_ONLY: booleanVariable(false),
  REDIS_ALLOW_EVICTION: booleanVariable(false),
  REDIS_TLS_CA_FILE: textVariable(undefined),
  REDIS_TLS_CERT_FILE: textVariable(undefined),
  REDIS_TLS_KEY_FILE: textVariable(undefined),
  REDIS_TLS_SERVER_NAME: textVariable(undefined),
  REDIS_TLS_ALLOW_ANY_CERTIFICATE: booleanVariable(false),
};

const streamSettings = toTopicSettings({
  events: 'REDIS_STREAM',
  deadLetter: 'REDIS_DEAD_LETTER_STREAM',
  latest: 'REDIS_LATEST_PREFIX',
  rules: 'REDIS_STREAM_RULES',
});

export const redisSettings: StoreSettings<RedisConfig> = {
  title: 'Redis',
  choosing: ['REDIS_URL', 'REDIS_URL_FILE'],
  setByBoth: ['REDIS_URL'],
  ...streamSettings,
  variables: [...Object.keys(redisEntries), ...streamSettings.variables],
  read: readRedisConfig,
  countShares: ({ streamCount }) => ({ count: streamCount, variable: 'REDIS_STREAM_COUNT' }),
};

type RedisValues = Values<typeof redisEntries>;

/** `undefined` when neither `REDIS_URL` nor `REDIS_URL_FILE` is set. */
export function readRedisConfig(env: Env, problems: ConfigProblem[]): RedisConfig | undefined {
  const read = readVariables(redisEntries, env, problems);
  const { REDIS_URL: text, REDIS_URL_FILE: file } = read;
  if (text === undefined && file === undefined) {
    return undefined;
  }
  if (text !== undefined && file !== undefined) {
    problems.push({
      variable: 'REDIS_URL',
      message: 'is set, and so is REDIS_URL_FILE: keep one of the two.',
    });
  }
  const isTls = checkUrl(read, problems);
  checkTls(read, isTls, problems);
  return {
    url: file === undefined ? { text: text ?? '' } : { file },
    allowPlaintext: read.REDIS_ALLOW_PLAINTEXT,
    streamCount: read.REDIS_STREAM_COUNT,
    replicas: read.REDIS_REPLICAS,
    memoryOnly: read.REDIS_MEMORY_ONLY,
    allowEviction: read.REDIS_ALLOW_EVICTION,
    tls: {
      ...(read.REDIS_TLS_CA_FILE !== undefined && { caFile: read.REDIS_TLS_CA_FILE }),
      ...(read.REDIS_TLS_CERT_FILE !== undefined && { certFile: read.REDIS_TLS_CERT_FILE }),
      ...(read.REDIS_TLS_KEY_FILE !== undefined && { keyFile: read.REDIS_TLS_KEY_FILE }),
      ...(read.REDIS_TLS_SERVER_NAME !== undefined && { serverName: read.REDIS_TLS_SERVER_NAME }),
      ...(read.REDIS_TLS_ALLOW_ANY_CERTIFICATE && { allowAnyCertificate: true as const }),
    },
  };
}

/** @returns whether the URL asks for TLS; `undefined` when it cannot be used */
function checkUrl(
  { REDIS_URL: text, REDIS_URL_FILE: file, REDIS_ALLOW_PLAINTEXT: allowPlaintext }: RedisValues,
  problems: ConfigProblem[],
): boolean | undefined {
  const variable = file === undefined ? 'REDIS_URL' : 'REDIS_URL_FILE';
  const url = file === undefined ? text : readCredentialFile(variable, file, problems);
  if (url === undefined) {
    return undefined;
  }
  const parsed = parseRedisUrl(url);
  if (typeof parsed === 'string') {
    problems.push({ variable, message: parsed });
    return undefined;
  }
  const fault = findPlaintextPassword(parsed, allowPlaintext);
  if (fault !== undefined) {
    problems.push({ variable, message: fault });
  }
  return parsed.isTls;
}

/** Why this address must not be logged in to; `undefined` when it may be. */
export function findPlaintextPassword(
  { isTls, password }: Pick<RedisAddress, 'isTls' | 'password'>,
  allowPlaintext: boolean,
): string | undefined {
  return isTls || password === undefined || allowPlaintext
    ? undefined
    : describePlaintextPassword({ secureScheme: 'rediss://', allowVariable: 'REDIS_ALLOW_PLAINTEXT' });
}

function checkTls(read: RedisValues, isTls: boolean | undefined, problems: ConfigProblem[]): void {
  const { REDIS_TLS_CA_FILE, REDIS_TLS_CERT_FILE, REDIS_TLS_KEY_FILE } = read;
  checkReadable({ REDIS_TLS_CA_FILE, REDIS_TLS_CERT_FILE, REDIS_TLS_KEY_FILE }, problems);
  const set = Object.entries(read).find(
    ([name, value]) => name.startsWith('REDIS_TLS_') && value !== undefined && value !== false,
  );
  if (isTls === false && set !== undefined) {
    problems.push({ variable: set[0], message: 'is set while the URL is redis://: give rediss:// for TLS.' });
  }
  if ((REDIS_TLS_CERT_FILE === undefined) !== (REDIS_TLS_KEY_FILE === undefined)) {
    problems.push({
      variable: REDIS_TLS_CERT_FILE === undefined ? 'REDIS_TLS_CERT_FILE' : 'REDIS_TLS_KEY_FILE',
      message: 'is missing: a client certificate needs both its certificate and its key.',
    });
  }
  if (
    read.REDIS_TLS_ALLOW_ANY_CERTIFICATE &&
    (REDIS_TLS_CA_FILE ?? read.REDIS_TLS_SERVER_NAME) !== undefined
  ) {
    problems.push({
      variable: 'REDIS_TLS_ALLOW_ANY_CERTIFICATE',
      message:
        'is true beside REDIS_TLS_CA_FILE or REDIS_TLS_SERVER_NAME: with it no certificate is checked. Remove it, or the others.',
    });
  }
}
