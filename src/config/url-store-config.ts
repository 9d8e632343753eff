import type { ConnectionOptions } from 'node:tls';
import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { readCredentialFile } from './credential.ts';
import { allowPlaintextVariable } from './process-config.ts';
import { rereadTextFile } from './read-text-file.ts';
import { checkStoreTls, type StoreTlsConfig, storeTlsVariables } from './store-tls.ts';
import { credentialVariable, namesOf, readVariables, textVariable } from './variables.ts';

/** A store that is reached by a URL, in which there may be a password. */
export interface UrlStore {
  /** Its variables begin with this. */
  readonly prefix: 'RABBITMQ' | 'REDIS';
  /** Without TLS; with TLS it has an "s" more. */
  readonly scheme: 'amqp' | 'redis';
  /** A variable of a platform, which counts without the store's own. */
  readonly givenBy?: string;
  /** A switch that has to do with TLS, beside the variables that all have. */
  readonly ownTls?: string;
  /** @returns what matters here, or a sentence about what is wrong; it never holds a part of the URL */
  readonly judge: (
    url: string,
  ) => { readonly isTls: boolean; readonly hasPlaintextPassword: boolean } | string;
}

export type UrlTlsOptions = Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername'>;

/** For `node:tls`. Reads the files anew. @throws when one of them cannot be read */
export async function readTlsOptions(tls: StoreTlsConfig): Promise<UrlTlsOptions> {
  const { caFile, certFile, keyFile, serverName } = tls;
  return {
    ...(caFile !== undefined && { ca: await rereadTextFile(caFile) }),
    ...(certFile !== undefined && { cert: await rereadTextFile(certFile) }),
    ...(keyFile !== undefined && { key: await rereadTextFile(keyFile) }),
    ...(serverName !== undefined && { servername: serverName }),
  };
}

/** A file is read anew for each connection: a new password counts without a restart. */
export type UrlSource = { readonly text: string } | { readonly file: string };

export interface UrlStoreConfig {
  readonly url: UrlSource;
  /** A password may cross the network without TLS. */
  readonly allowPlaintext: boolean;
  readonly tls: StoreTlsConfig;
}

/** The variables that may hold the URL; the first one that is set counts. */
function urlVariablesOf({ prefix, givenBy }: UrlStore): string[] {
  return [`${prefix}_URL`, ...(givenBy === undefined ? [] : [givenBy])];
}

function otherVariables({ prefix }: UrlStore) {
  return {
    file: textVariable(`${prefix}_URL_FILE`),
    allowPlaintext: allowPlaintextVariable,
  };
}

export function urlVariableNames(store: UrlStore): string[] {
  return [...urlVariablesOf(store), ...namesOf(otherVariables(store)), ...namesOf(storeTlsVariables)];
}

/** `undefined` when no URL is set. */
export function readUrlStore(
  store: UrlStore,
  env: Env,
  problems: ConfigProblem[],
): UrlStoreConfig | undefined {
  const { prefix } = store;
  const [given] = urlVariablesOf(store).flatMap((name) => {
    const { text } = readVariables({ text: credentialVariable(name) }, env, problems);
    return text === undefined ? [] : [{ name, text }];
  });
  const { file, allowPlaintext } = readVariables(otherVariables(store), env, problems);
  const source = file === undefined ? given : { name: `${prefix}_URL_FILE`, file };
  if (source === undefined) {
    return undefined;
  }
  if (file !== undefined && given?.name === `${prefix}_URL`) {
    problems.push({
      variable: `${prefix}_URL`,
      message: `is set, and so is ${prefix}_URL_FILE: keep one of the two.`,
    });
  }
  const { name: variable, ...from } = source;
  const url = 'file' in from ? readCredentialFile(variable, from.file, problems) : from.text;
  const judged = url === undefined ? undefined : store.judge(url);
  const problem =
    typeof judged === 'object' ? findPlaintextProblem(store, judged, { allowPlaintext }) : judged;
  if (problem !== undefined) {
    problems.push({ variable, message: problem });
  }
  const tls = readVariables(storeTlsVariables, env, problems);
  checkStoreTls(tls, problems);
  if (typeof judged === 'object' && !judged.isTls) {
    reportUselessTls(store, env, problems);
  }
  return { url: from, allowPlaintext, tls };
}

/** Why such a server must not be logged in to; `undefined` when it may be. The rule is the one of Kafka's SASL. */
export function findPlaintextProblem(
  { scheme }: UrlStore,
  { hasPlaintextPassword }: { readonly hasPlaintextPassword: boolean },
  { allowPlaintext }: { readonly allowPlaintext: boolean },
): string | undefined {
  return hasPlaintextPassword && !allowPlaintext
    ? `has a password and no TLS: the password would cross the network as it is, and so would every event. Give ${scheme}s://; only where nobody else is on the network set ALLOW_PLAINTEXT to true instead.`
    : undefined;
}

function reportUselessTls(store: UrlStore, env: Env, problems: ConfigProblem[]): void {
  const { scheme, ownTls = '' } = store;
  const isSet = (name: string) => env[name] && !(name === ownTls && env[name].toLowerCase() === 'false');
  const variable = [...namesOf(storeTlsVariables), ownTls].find(isSet);
  if (variable !== undefined) {
    problems.push({ variable, message: `is set while the URL is ${scheme}://: give ${scheme}s:// for TLS.` });
  }
}
