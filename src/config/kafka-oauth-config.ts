import type { ConfigProblem } from '../runtime/config-error.ts';
import { checkCredential, quoteValue, readCredentialFile } from './credential.ts';
import { defineListVariable, defineTextVariable, findBaseUrlProblem, type Values } from './variables.ts';

const oauthVariables = {
  tokenFile: defineTextVariable('KAFKA_OAUTH_TOKEN_FILE'),
  tokenEndpoint: defineTextVariable('KAFKA_OAUTH_TOKEN_ENDPOINT'),
  scope: defineTextVariable('KAFKA_OAUTH_SCOPE'),
  extensions: defineListVariable('KAFKA_OAUTH_EXTENSIONS'),
};

/** AWS_REGION is not in this list, because platforms set that variable for every program. */
export const kafkaOauthVariables = { ...oauthVariables, region: defineTextVariable('AWS_REGION') };

type OauthValues = Values<typeof kafkaOauthVariables>;
type OauthField = keyof typeof oauthVariables;
type FieldProblemReporter = (field: keyof OauthValues, message: string) => void;

/** The client id and secret for a token endpoint, from KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD. */
interface ClientCredentials {
  readonly username?: string;
  readonly password?: string;
  readonly passwordFile?: string;
}

export interface ClientCredentialsConfig {
  readonly tokenEndpoint: string;
  readonly clientId: string;
  /** The client secret or its file. Exactly one of the two is set, and the file is read again for each token. */
  readonly clientSecret?: string | undefined;
  readonly clientSecretFile?: string | undefined;
  readonly scope?: string | undefined;
}

interface SaslExtensionsConfig {
  /** SASL extensions that are sent to the broker with each token. */
  readonly extensions: Readonly<Record<string, string>>;
}

export type KafkaOauthConfig =
  | (SaslExtensionsConfig & { readonly provider: 'token-file'; readonly tokenFile: string })
  | (SaslExtensionsConfig & { readonly provider: 'client-credentials' } & ClientCredentialsConfig)
  | { readonly provider: 'aws-msk-iam'; readonly region: string };

const fieldsByProvider: Readonly<Record<KafkaOauthConfig['provider'], readonly OauthField[]>> = {
  'token-file': ['tokenFile', 'extensions'],
  'client-credentials': ['tokenEndpoint', 'scope', 'extensions'],
  'aws-msk-iam': [],
};

export function hasOauthSettings(read: OauthValues): boolean {
  return listConfiguredFields(read).length > 0;
}

function listConfiguredFields(read: OauthValues): OauthField[] {
  return (Object.keys(oauthVariables) as OauthField[]).filter((field) => (read[field]?.length ?? 0) > 0);
}

/** A token file takes precedence over a token endpoint. If only a region is set, AWS MSK IAM is used. */
function findProvider({
  tokenFile,
  tokenEndpoint,
  region,
}: OauthValues): KafkaOauthConfig['provider'] | undefined {
  if (tokenFile !== undefined) {
    return 'token-file';
  }
  if (tokenEndpoint !== undefined) {
    return 'client-credentials';
  }
  return region === undefined ? undefined : 'aws-msk-iam';
}

/**
 * Reads the settings of the mechanism `oauthbearer`. Adds a problem for each missing setting and for each setting that the
 * selected token source does not use.
 */
export function toKafkaOauth(
  read: OauthValues,
  login: ClientCredentials,
  { allowPlaintext }: { readonly allowPlaintext: boolean },
  problems: ConfigProblem[],
): KafkaOauthConfig | undefined {
  const { tokenFile = '', tokenEndpoint = '', region = '', scope, extensions: items } = read;
  const report: FieldProblemReporter = (field, message) =>
    problems.push({ variable: kafkaOauthVariables[field].name, message });
  const provider = findProvider(read);
  if (provider === undefined) {
    report(
      'tokenEndpoint',
      'is missing: oauthbearer needs KAFKA_OAUTH_TOKEN_FILE or KAFKA_OAUTH_TOKEN_ENDPOINT, or AWS_REGION for Amazon MSK.',
    );
    return undefined;
  }
  for (const field of listConfiguredFields(read)) {
    if (!fieldsByProvider[provider].includes(field)) {
      report(field, `is not used by the token source ${provider}: remove it.`);
    }
  }
  const { username: clientId = '', password: clientSecret, passwordFile: clientSecretFile } = login;
  if (provider !== 'client-credentials' && Object.keys(login).length > 0) {
    problems.push({
      variable: 'KAFKA_SASL_USERNAME',
      message: `the token source ${provider} uses no user name or password: remove KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD.`,
    });
  }
  if (provider === 'aws-msk-iam') {
    return { provider, region };
  }
  const extensions = parseExtensions(items, report);
  if (provider === 'token-file') {
    readCredentialFile(oauthVariables.tokenFile.name, tokenFile, problems);
    return { provider, tokenFile, extensions };
  }
  checkTokenEndpoint(tokenEndpoint, { allowPlaintext }, report);
  if (clientId === '') {
    problems.push({
      variable: 'KAFKA_SASL_USERNAME',
      message: 'is missing: set it to the client id for KAFKA_OAUTH_TOKEN_ENDPOINT.',
    });
  }
  checkCredential('KAFKA_SASL_PASSWORD', { value: clientSecret, file: clientSecretFile }, problems);
  return { provider, tokenEndpoint, clientId, clientSecret, clientSecretFile, scope, extensions };
}

/** Checks the URL of the token endpoint. The URL may have a query, because some identity providers require one. */
function checkTokenEndpoint(
  url: string,
  { allowPlaintext }: { readonly allowPlaintext: boolean },
  report: FieldProblemReporter,
): void {
  const problem = url.includes('#') ? 'has a fragment' : findBaseUrlProblem(url.replace(/\?.*/s, ''));
  if (problem !== undefined) {
    report('tokenEndpoint', `${problem}.`);
  } else if (/^http:/i.test(url) && !allowPlaintext) {
    report(
      'tokenEndpoint',
      'is not https, so the client secret and every token would be sent unencrypted. Use https. On a trusted network, you can set ALLOW_PLAINTEXT=true instead.',
    );
  }
}

/** Parses SASL extensions as defined by RFC 7628. The name "auth" is reserved for the token. */
function parseExtensions(
  items: readonly string[],
  report: FieldProblemReporter,
): SaslExtensionsConfig['extensions'] {
  const extensions: Record<string, string> = {};
  for (const item of items) {
    const [, name, value] = /^([A-Za-z]+)=([\x20-\x7e\t\r\n]+)$/.exec(item) ?? [];
    if (name === undefined || value === undefined || name === 'auth') {
      report(
        'extensions',
        `${quoteValue(item)} must be name=value, where the name consists of letters and is not "auth".`,
      );
    } else {
      extensions[name] = value;
    }
  }
  return extensions;
}
