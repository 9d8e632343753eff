import type { ConnectionOptions } from 'node:tls';
import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { readCredentialFile } from './credential.ts';
import { allowPlaintextVariable } from './process-config.ts';
import { readTextFileAsync } from './read-text-file.ts';
import { checkStoreTls, type StoreTlsConfig, storeTlsVariables } from './store-tls.ts';
import {
  defineCredentialVariable,
  defineTextVariable,
  listVariableNames,
  readVariables,
} from './variables.ts';

/** A store that is configured by a URL, which may contain a password. */
export interface UrlStoreDefinition {
  /** Prefix of the store's variables. */
  readonly prefix: 'RABBITMQ' | 'REDIS';
  /** URL scheme for connections without TLS. For TLS, an "s" is appended. */
  readonly scheme: 'amqp' | 'redis';
  /** Name of a variable that a platform sets. The variable is used if none of the store's other variables is set. */
  readonly platformVariable?: string;
  /** Name of a TLS variable that only this store has. */
  readonly ownTls?: string;
  /** @returns the relevant properties, or a sentence that describes the problem without quoting the URL */
  readonly inspect: (
    url: string,
  ) => { readonly isTls: boolean; readonly hasPlaintextPassword: boolean } | string;
}

export type UrlTlsOptions = Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername'>;

/** Builds options for `node:tls` from the current content of the files. @throws if a file cannot be read */
export async function readTlsOptions(tls: StoreTlsConfig): Promise<UrlTlsOptions> {
  const { caFile, certFile, keyFile, serverName } = tls;
  return {
    ...(caFile !== undefined && { ca: await readTextFileAsync(caFile) }),
    ...(certFile !== undefined && { cert: await readTextFileAsync(certFile) }),
    ...(keyFile !== undefined && { key: await readTextFileAsync(keyFile) }),
    ...(serverName !== undefined && { servername: serverName }),
  };
}

/**
 * The URL, or the file that contains the URL. The file is read again for each connection, so that a password change
 * does not require a restart.
 */
export type StoreUrlSource = { readonly text: string } | { readonly file: string };

export interface UrlStoreConfig {
  readonly url: StoreUrlSource;
  /** Allows a password to be sent without TLS. */
  readonly allowPlaintext: boolean;
  readonly tls: StoreTlsConfig;
}

/** Lists the variables that may contain the URL. The first one that is set is used. */
function listUrlVariables({ prefix, platformVariable }: UrlStoreDefinition): string[] {
  return [`${prefix}_URL`, ...(platformVariable === undefined ? [] : [platformVariable])];
}

function definePrefixedVariables({ prefix }: UrlStoreDefinition) {
  return {
    file: defineTextVariable(`${prefix}_URL_FILE`),
    allowPlaintext: allowPlaintextVariable,
  };
}

export function listVariablesOfUrlStore(store: UrlStoreDefinition): string[] {
  return [
    ...listUrlVariables(store),
    ...listVariableNames(definePrefixedVariables(store)),
    ...listVariableNames(storeTlsVariables),
  ];
}

/** Returns `undefined` if no URL is set. */
export function readUrlStoreConfig(
  store: UrlStoreDefinition,
  env: Env,
  problems: ConfigProblem[],
): UrlStoreConfig | undefined {
  const { prefix } = store;
  const [given] = listUrlVariables(store).flatMap((name) => {
    const { text } = readVariables({ text: defineCredentialVariable(name) }, env, problems);
    return text === undefined ? [] : [{ name, text }];
  });
  const { file, allowPlaintext } = readVariables(definePrefixedVariables(store), env, problems);
  const source = file === undefined ? given : { name: `${prefix}_URL_FILE`, file };
  if (source === undefined) {
    return undefined;
  }
  if (file !== undefined && given?.name === `${prefix}_URL`) {
    problems.push({
      variable: `${prefix}_URL`,
      message: `is set, and so is ${prefix}_URL_FILE: keep only one of the two.`,
    });
  }
  const { name: variable, ...from } = source;
  const url = 'file' in from ? readCredentialFile(variable, from.file, problems) : from.text;
  const urlInspection = url === undefined ? undefined : store.inspect(url);
  const problem =
    typeof urlInspection === 'object'
      ? findPlaintextProblem(store, urlInspection, { allowPlaintext })
      : urlInspection;
  if (problem !== undefined) {
    problems.push({ variable, message: problem });
  }
  const tls = readVariables(storeTlsVariables, env, problems);
  checkStoreTls(tls, problems);
  if (typeof urlInspection === 'object' && !urlInspection.isTls) {
    reportUnusedTlsSettings(store, env, problems);
  }
  return { url: from, allowPlaintext, tls };
}

/**
 * Explains why logging in would send the password unencrypted. Returns `undefined` if the password would be encrypted
 * or if unencrypted passwords are allowed. The same rule applies to SASL for Kafka.
 */
export function findPlaintextProblem(
  { scheme }: UrlStoreDefinition,
  { hasPlaintextPassword }: { readonly hasPlaintextPassword: boolean },
  { allowPlaintext }: { readonly allowPlaintext: boolean },
): string | undefined {
  return hasPlaintextPassword && !allowPlaintext
    ? `contains a password but no TLS: the password would be sent unencrypted, and so would every event. Use ${scheme}s://. On a trusted network, you can set ALLOW_PLAINTEXT=true instead.`
    : undefined;
}

function reportUnusedTlsSettings(store: UrlStoreDefinition, env: Env, problems: ConfigProblem[]): void {
  const { scheme, ownTls = '' } = store;
  const isSet = (name: string) => env[name] && !(name === ownTls && env[name].toLowerCase() === 'false');
  const variable = [...listVariableNames(storeTlsVariables), ownTls].find(isSet);
  if (variable !== undefined) {
    problems.push({
      variable,
      message: `is set, but the URL begins with ${scheme}://: use ${scheme}s:// to enable TLS.`,
    });
  }
}

/** The parts of a URL that RabbitMQ and Redis have in common. */
interface StoreUrl {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** Empty if the URL contains no user name. */
  readonly username: string;
  /** Empty if the URL contains no password. */
  readonly password: string;
  /** Path without its leading slash. */
  readonly path: string;
}

/**
 * Parses `scheme[s]://[user[:password]@]host[:port][/path]`.
 *
 * @param ports the default ports, without TLS and with TLS
 * @returns on failure, a sentence about the problem. The sentence never quotes the URL, which may contain a password
 */
export function parseStoreUrl(
  text: string,
  scheme: UrlStoreDefinition['scheme'],
  ports: { readonly plain: number; readonly tls: number },
): StoreUrl | string {
  const formatProblem = `is not ${scheme}://host:port or ${scheme}s://host:port`;
  const url = URL.parse(text);
  if (url === null) {
    return `${formatProblem}. A password with "/", "@", ":", ",", "?" or "#" must be percent-encoded.`;
  }
  const isTls = url.protocol === `${scheme}s:`;
  if (!isTls && url.protocol !== `${scheme}:`) {
    return `${formatProblem}.`;
  }
  if (url.hostname === '') {
    return 'contains no host.';
  }
  if (url.search !== '' || url.hash !== '') {
    return 'contains "?" or "#": queries and fragments are not supported.';
  }
  try {
    return {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? ports[isTls ? 'tls' : 'plain'] : Number(url.port),
      isTls,
      username: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      path: decodeURIComponent(url.pathname.slice(1)),
    };
  } catch {
    return 'contains invalid percent-encoding in its user name, its password or its path.';
  }
}

/** Formats an address for display, without user name, password and path. */
export function formatStoreUrl(
  scheme: UrlStoreDefinition['scheme'],
  { host, port, isTls }: Pick<StoreUrl, 'host' | 'port' | 'isTls'>,
): string {
  return `${scheme}${isTls ? 's' : ''}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
