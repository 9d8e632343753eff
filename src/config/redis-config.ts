import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { defaultTopic, type StoreSettings, topicName } from './store-settings.ts';
import type { StoreTlsConfig } from './store-tls.ts';
import {
  findPlaintextProblem,
  formatStoreUrl,
  listVariablesOfUrlStore,
  parseStoreUrl,
  readUrlStoreConfig,
  type UrlStoreConfig,
  type UrlStoreDefinition,
} from './url-store-config.ts';
import {
  defineBooleanVariable,
  defineIntegerVariable,
  definePatternVariable,
  listVariableNames,
  readVariables,
  type Values,
} from './variables.ts';

export interface RedisTlsConfig extends StoreTlsConfig {
  /** Encrypts without verifying the server's certificate. */
  readonly allowAnyCertificate?: true;
}

const redisVariables = {
  /** Number of streams among which events are distributed by key. */
  streamCount: defineIntegerVariable('REDIS_STREAM_COUNT', 1, { min: 1, max: 1_024 }),
  /** Number of replicas that must have written a record to disk before it counts as stored. */
  replicas: defineIntegerVariable('REDIS_REPLICAS', 0, { min: 0, max: 16 }),
  /** Whether a server without an append-only file is accepted. */
  memoryOnly: defineBooleanVariable('REDIS_MEMORY_ONLY', false),
};

const allowAnyCertificateVariable = defineBooleanVariable('REDIS_TLS_ALLOW_ANY_CERTIFICATE', false);

export type RedisConfig = UrlStoreConfig & Values<typeof redisVariables> & { readonly tls: RedisTlsConfig };

const redisDefinition: UrlStoreDefinition = {
  prefix: 'REDIS',
  scheme: 'redis',
  ownTls: allowAnyCertificateVariable.name,
  inspect(url) {
    const address = parseRedisUrl(url);
    return typeof address === 'string' ? address : summarizeLogin(address);
  },
};

const redisNameVariables = { events: definePatternVariable('REDIS_STREAM', topicName, defaultTopic) };

export const redisSettings: StoreSettings<RedisConfig> = {
  title: 'Redis',
  selectingVariables: ['REDIS_URL', 'REDIS_URL_FILE'],
  ambiguousVariables: ['REDIS_URL'],
  variables: [
    ...listVariablesOfUrlStore(redisDefinition),
    ...listVariableNames({
      ...redisVariables,
      allowAnyCertificate: allowAnyCertificateVariable,
      ...redisNameVariables,
    }),
  ],
  topicVariables: { events: 'REDIS_STREAM' },
  readTopics: (env, problems) => readVariables(redisNameVariables, env, problems),
  read: readRedisConfig,
  countShares: ({ streamCount }) => ({ count: streamCount, variable: 'REDIS_STREAM_COUNT' }),
};

/** Returns `undefined` if neither `REDIS_URL` nor `REDIS_URL_FILE` is set. */
export function readRedisConfig(env: Env, problems: ConfigProblem[]): RedisConfig | undefined {
  const urlStore = readUrlStoreConfig(redisDefinition, env, problems);
  if (urlStore === undefined) {
    return undefined;
  }
  const values = readVariables(redisVariables, env, problems);
  const { isAnyAllowed } = readVariables({ isAnyAllowed: allowAnyCertificateVariable }, env, problems);
  const { tls } = urlStore;
  if (isAnyAllowed && (tls.caFile ?? tls.serverName) !== undefined) {
    problems.push({
      variable: 'REDIS_TLS_ALLOW_ANY_CERTIFICATE',
      message:
        'is true, so certificates are not verified, but STORE_TLS_CA_FILE or STORE_TLS_SERVER_NAME is set. Remove either REDIS_TLS_ALLOW_ANY_CERTIFICATE or these variables.',
    });
  }
  return { ...urlStore, ...values, tls: { ...tls, ...(isAnyAllowed && { allowAnyCertificate: true }) } };
}

/**
 * Explains why logging in to this address would send the password unencrypted. Returns `undefined` if the password
 * would be encrypted.
 */
export function findPlaintextPassword(address: RedisAddress, allowPlaintext: boolean): string | undefined {
  return findPlaintextProblem(redisDefinition, summarizeLogin(address), { allowPlaintext });
}

function summarizeLogin({ isTls, password }: RedisAddress) {
  return { isTls, hasPlaintextPassword: !isTls && password !== undefined };
}

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly database: number;
  readonly username?: string;
  readonly password?: string;
}

const defaultPort = 6_379;
const maxDatabase = 1_023;

/**
 * Parses a URL: `redis[s]://[user[:password]@]host[:port][/database]`.
 *
 * @returns on failure, a sentence about the problem. The sentence never quotes the URL, which may contain a password
 */
export function parseRedisUrl(text: string): RedisAddress | string {
  const url = parseStoreUrl(text, 'redis', { plain: defaultPort, tls: defaultPort });
  if (typeof url === 'string') {
    return url;
  }
  const { path, username, password, ...address } = url;
  if (!/^\d*$/.test(path) || Number(path) > maxDatabase) {
    return `has a path that is not a database number from /0 to /${maxDatabase}.`;
  }
  return {
    ...address,
    database: Number(path),
    ...(username !== '' && { username }),
    ...(password !== '' && { password }),
  };
}

/** Formats an address for display, without user name and password. */
export function formatRedisAddress(address: RedisAddress): string {
  return `${formatStoreUrl('redis', address)}${address.database === 0 ? '' : `/${address.database}`}`;
}
