import type { ConfigProblem } from '../runtime/config-error.ts';
import { findBaseUrlFault } from './base-url.ts';
import { checkCredential, checkReadable, readCredentialFile } from './files.ts';
import { quoteValue } from './quote-value.ts';
import { choiceVariable, credentialVariable, listVariable, textVariable, type Values } from './variables.ts';

/** Where the tokens of the SASL mechanism OAUTHBEARER come from. */
export type KafkaOauthConfig =
  | (WithExtensions & { readonly provider: 'token-file'; readonly tokenFile: string })
  | (WithExtensions & { readonly provider: 'client-credentials' } & ClientCredentialsConfig)
  | { readonly provider: 'aws-msk-iam'; readonly region: string };

/** How client id and secret are sent: in the header `Authorization`, or in the form. Names of OpenID Connect. */
const clientAuthMethods = ['client_secret_basic', 'client_secret_post'] as const;
export type ClientAuthMethod = (typeof clientAuthMethods)[number];

export interface ClientCredentialsConfig {
  readonly tokenEndpoint: string;
  readonly clientId: string;
  /** One of the two is set. The file is read again for each token. */
  readonly clientSecret?: string;
  readonly clientSecretFile?: string;
  readonly scope?: string;
  readonly audience?: string;
  readonly authMethod: ClientAuthMethod;
  /** PEM file; without it Node's own list of authorities is used for the endpoint. */
  readonly caFile?: string;
}

interface WithExtensions {
  /** SASL extensions that go to the broker with each token. */
  readonly extensions: Readonly<Record<string, string>>;
}

export const kafkaOauthEntries = {
  KAFKA_OAUTH_PROVIDER: choiceVariable(['token-file', 'client-credentials', 'aws-msk-iam'], undefined),
  KAFKA_OAUTH_TOKEN_FILE: textVariable(undefined),
  KAFKA_OAUTH_TOKEN_ENDPOINT: textVariable(undefined),
  KAFKA_OAUTH_CLIENT_ID: credentialVariable(),
  KAFKA_OAUTH_CLIENT_SECRET: credentialVariable(),
  KAFKA_OAUTH_CLIENT_SECRET_FILE: textVariable(undefined),
  KAFKA_OAUTH_CLIENT_AUTH_METHOD: choiceVariable(clientAuthMethods, undefined),
  KAFKA_OAUTH_SCOPE: textVariable(undefined),
  KAFKA_OAUTH_AUDIENCE: textVariable(undefined),
  KAFKA_OAUTH_CA_FILE: textVariable(undefined),
  KAFKA_OAUTH_EXTENSIONS: listVariable(),
  AWS_REGION: textVariable(undefined),
};

type OauthValues = Values<typeof kafkaOauthEntries>;
type OauthVariable = keyof OauthValues;
type Report = (variable: OauthVariable, message: string) => void;

const clientVariables = [
  'KAFKA_OAUTH_TOKEN_ENDPOINT',
  'KAFKA_OAUTH_CLIENT_ID',
  'KAFKA_OAUTH_CLIENT_SECRET',
  'KAFKA_OAUTH_CLIENT_SECRET_FILE',
  'KAFKA_OAUTH_CLIENT_AUTH_METHOD',
  'KAFKA_OAUTH_SCOPE',
  'KAFKA_OAUTH_AUDIENCE',
  'KAFKA_OAUTH_CA_FILE',
] as const;
/** Without AWS_REGION: platforms set it for everybody. */
const ownVariables = [
  'KAFKA_OAUTH_PROVIDER',
  'KAFKA_OAUTH_TOKEN_FILE',
  ...clientVariables,
  'KAFKA_OAUTH_EXTENSIONS',
] as const;
const usedVariables: Readonly<
  Record<NonNullable<OauthValues['KAFKA_OAUTH_PROVIDER']>, readonly OauthVariable[]>
> = {
  'token-file': ['KAFKA_OAUTH_PROVIDER', 'KAFKA_OAUTH_TOKEN_FILE', 'KAFKA_OAUTH_EXTENSIONS'],
  'client-credentials': ['KAFKA_OAUTH_PROVIDER', ...clientVariables, 'KAFKA_OAUTH_EXTENSIONS'],
  'aws-msk-iam': ['KAFKA_OAUTH_PROVIDER'],
};

export function isOauthSet(read: OauthValues): boolean {
  return ownVariables.some((variable) => isSet(read[variable]));
}

function isSet(value: string | readonly string[] | undefined): boolean {
  return typeof value === 'string' || (value !== undefined && value.length > 0);
}

/** For the mechanism `oauthbearer`. What is missing is a problem, and so is what another provider would use. */
export function toKafkaOauth(
  read: OauthValues & { readonly KAFKA_SASL_ALLOW_PLAINTEXT: boolean },
  problems: ConfigProblem[],
): KafkaOauthConfig | undefined {
  const provider = read.KAFKA_OAUTH_PROVIDER;
  const report: Report = (variable, message) => problems.push({ variable, message });
  if (provider === undefined) {
    report(
      'KAFKA_OAUTH_PROVIDER',
      'is missing: oauthbearer needs token-file, client-credentials or aws-msk-iam.',
    );
    return undefined;
  }
  reportUnused(read, usedVariables[provider], `is not used by KAFKA_OAUTH_PROVIDER=${provider}`, report);
  switch (provider) {
    case 'token-file':
      return toTokenFile(read, problems, report);
    case 'client-credentials':
      return { provider, ...toClientCredentials(read, problems, report), ...readExtensions(read, report) };
    case 'aws-msk-iam':
      return { provider, region: requireText(read, 'AWS_REGION', 'the region of the cluster', report) };
  }
}

function reportUnused(read: OauthValues, used: readonly OauthVariable[], why: string, report: Report): void {
  for (const variable of ownVariables) {
    if (isSet(read[variable]) && !used.includes(variable)) {
      report(variable, `${why}: remove it.`);
    }
  }
}

function toTokenFile(read: OauthValues, problems: ConfigProblem[], report: Report): KafkaOauthConfig {
  const tokenFile = requireText(read, 'KAFKA_OAUTH_TOKEN_FILE', 'a file with the token', report);
  if (tokenFile !== '') {
    readCredentialFile('KAFKA_OAUTH_TOKEN_FILE', tokenFile, problems);
  }
  return { provider: 'token-file', tokenFile, ...readExtensions(read, report) };
}

function toClientCredentials(
  read: OauthValues & { readonly KAFKA_SASL_ALLOW_PLAINTEXT: boolean },
  problems: ConfigProblem[],
  report: Report,
): ClientCredentialsConfig {
  const {
    KAFKA_OAUTH_CLIENT_SECRET: clientSecret,
    KAFKA_OAUTH_CLIENT_SECRET_FILE: clientSecretFile,
    KAFKA_OAUTH_CLIENT_AUTH_METHOD: authMethod = 'client_secret_basic',
    KAFKA_OAUTH_SCOPE: scope,
    KAFKA_OAUTH_AUDIENCE: audience,
    KAFKA_OAUTH_CA_FILE: caFile,
  } = read;
  const tokenEndpoint = requireText(read, 'KAFKA_OAUTH_TOKEN_ENDPOINT', 'the URL that gives tokens', report);
  const fault = tokenEndpoint === '' ? undefined : findEndpointFault(tokenEndpoint);
  if (fault !== undefined) {
    report('KAFKA_OAUTH_TOKEN_ENDPOINT', `${fault}.`);
  } else if (/^http:/i.test(tokenEndpoint) && !read.KAFKA_SASL_ALLOW_PLAINTEXT) {
    report(
      'KAFKA_OAUTH_TOKEN_ENDPOINT',
      'is not https: the client secret and every token would cross the network as they are. Use https; only where nobody else is on the network set KAFKA_SASL_ALLOW_PLAINTEXT to true instead.',
    );
  }
  const clientId = requireText(read, 'KAFKA_OAUTH_CLIENT_ID', 'a client id', report);
  checkCredential('KAFKA_OAUTH_CLIENT_SECRET', { value: clientSecret, file: clientSecretFile }, problems);
  checkReadable({ KAFKA_OAUTH_CA_FILE: caFile }, problems);
  return {
    tokenEndpoint,
    clientId,
    authMethod,
    ...(clientSecret !== undefined && { clientSecret }),
    ...(clientSecretFile !== undefined && { clientSecretFile }),
    ...(scope !== undefined && { scope }),
    ...(audience !== undefined && { audience }),
    ...(caFile !== undefined && { caFile }),
  };
}

/** A query is allowed: some identity providers have one in the URL of their endpoint. */
function findEndpointFault(url: string): string | undefined {
  return url.includes('#') ? 'has a fragment' : findBaseUrlFault(url.replace(/\?.*$/, ''));
}

/** The value; without one a problem, and empty text so that the other checks go on. */
function requireText(
  read: OauthValues,
  variable: 'KAFKA_OAUTH_TOKEN_FILE' | 'KAFKA_OAUTH_TOKEN_ENDPOINT' | 'KAFKA_OAUTH_CLIENT_ID' | 'AWS_REGION',
  what: string,
  report: Report,
): string {
  const value = read[variable];
  if (value === undefined) {
    report(variable, `is missing: KAFKA_OAUTH_PROVIDER=${read.KAFKA_OAUTH_PROVIDER} needs ${what}.`);
  }
  return value ?? '';
}

/** Names and values as RFC 7628 allows them; "auth" is the token itself. */
function readExtensions({ KAFKA_OAUTH_EXTENSIONS: items }: OauthValues, report: Report): WithExtensions {
  const extensions: Record<string, string> = {};
  for (const item of items) {
    const [, name, value] = /^([A-Za-z]+)=([\x20-\x7e\t\r\n]+)$/.exec(item) ?? [];
    if (name === undefined || value === undefined || name === 'auth') {
      report(
        'KAFKA_OAUTH_EXTENSIONS',
        `${quoteValue(item)} is not name=value with a name of letters only, other than auth.`,
      );
    } else {
      extensions[name] = value;
    }
  }
  return { extensions };
}
