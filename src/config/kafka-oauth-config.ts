import type { ConfigProblem } from '../runtime/config-error.ts';
import { findBaseUrlProblem } from './base-url.ts';
import { checkCredential, quoteValue, readCredentialFile } from './credential.ts';
import { checkReadable } from './read-text-file.ts';
import { choiceVariable, credentialVariable, listVariable, textVariable, type Values } from './variables.ts';

const clientVariables = {
  tokenEndpoint: textVariable('KAFKA_OAUTH_TOKEN_ENDPOINT'),
  clientId: credentialVariable('KAFKA_OAUTH_CLIENT_ID'),
  /** One of the two is set. The file is read again for each token. */
  clientSecret: credentialVariable('KAFKA_OAUTH_CLIENT_SECRET'),
  clientSecretFile: textVariable('KAFKA_OAUTH_CLIENT_SECRET_FILE'),
  /** How client id and secret are sent: in the header `Authorization`, or in the form. Names of OpenID Connect. */
  authMethod: choiceVariable('KAFKA_OAUTH_CLIENT_AUTH_METHOD', ['client_secret_basic', 'client_secret_post']),
  scope: textVariable('KAFKA_OAUTH_SCOPE'),
  audience: textVariable('KAFKA_OAUTH_AUDIENCE'),
  /** PEM; without it Node's own list of authorities is used for the endpoint. */
  caFile: textVariable('KAFKA_OAUTH_CA_FILE'),
};

const ownVariables = {
  provider: choiceVariable('KAFKA_OAUTH_PROVIDER', ['token-file', 'client-credentials', 'aws-msk-iam']),
  tokenFile: textVariable('KAFKA_OAUTH_TOKEN_FILE'),
  ...clientVariables,
  extensions: listVariable('KAFKA_OAUTH_EXTENSIONS'),
};

/** The region is nobody's own: platforms set it for everybody. */
export const kafkaOauthVariables = { ...ownVariables, region: textVariable('AWS_REGION') };

type ClientValues = Values<typeof clientVariables>;
type OauthValues = Values<typeof kafkaOauthVariables>;
type OwnField = keyof typeof ownVariables;
type Report = (field: keyof OauthValues, message: string) => void;

export type ClientCredentialsConfig = ClientValues &
  Required<Pick<ClientValues, 'tokenEndpoint' | 'clientId' | 'authMethod'>>;

interface WithExtensions {
  /** SASL extensions that go to the broker with each token. */
  readonly extensions: Readonly<Record<string, string>>;
}

/** Where the tokens of the SASL mechanism OAUTHBEARER come from. */
export type KafkaOauthConfig =
  | (WithExtensions & { readonly provider: 'token-file'; readonly tokenFile: string })
  | (WithExtensions & { readonly provider: 'client-credentials' } & ClientCredentialsConfig)
  | { readonly provider: 'aws-msk-iam'; readonly region: string };

const usedFields: Readonly<Record<KafkaOauthConfig['provider'], readonly string[]>> = {
  'token-file': ['provider', 'tokenFile', 'extensions'],
  'client-credentials': ['provider', ...Object.keys(clientVariables), 'extensions'],
  'aws-msk-iam': ['provider'],
};

export function isOauthSet(read: OauthValues): boolean {
  return listSet(read).length > 0;
}

function listSet(read: OauthValues): OwnField[] {
  return (Object.keys(ownVariables) as OwnField[]).filter((field) => (read[field]?.length ?? 0) > 0);
}

/** For the mechanism `oauthbearer`. What is missing is a problem, and so is what another provider would use. */
export function toKafkaOauth(
  read: OauthValues,
  { allowPlaintext }: { readonly allowPlaintext: boolean },
  problems: ConfigProblem[],
): KafkaOauthConfig | undefined {
  const { provider, tokenFile: _tokenFile, region: _region, extensions: items, ...client } = read;
  const report: Report = (field, message) =>
    problems.push({ variable: kafkaOauthVariables[field].name, message });
  if (provider === undefined) {
    report('provider', 'is missing: oauthbearer needs token-file, client-credentials or aws-msk-iam.');
    return undefined;
  }
  for (const field of listSet(read)) {
    if (!usedFields[provider].includes(field)) {
      report(field, `is not used by KAFKA_OAUTH_PROVIDER=${provider}: remove it.`);
    }
  }
  // Without a value there is a problem, and empty text so that the other checks go on.
  const need = (field: 'tokenFile' | 'tokenEndpoint' | 'clientId' | 'region', what: string) => {
    if (read[field] === undefined) {
      report(field, `is missing: KAFKA_OAUTH_PROVIDER=${provider} needs ${what}.`);
    }
    return read[field] ?? '';
  };
  if (provider === 'aws-msk-iam') {
    return { provider, region: need('region', 'the region of the cluster') };
  }
  if (provider === 'token-file') {
    const tokenFile = need('tokenFile', 'a file with the token');
    if (tokenFile !== '') {
      readCredentialFile('KAFKA_OAUTH_TOKEN_FILE', tokenFile, problems);
    }
    return { provider, tokenFile, extensions: toExtensions(items, report) };
  }
  const tokenEndpoint = need('tokenEndpoint', 'the URL that gives tokens');
  checkEndpoint(tokenEndpoint, { allowPlaintext }, report);
  const clientId = need('clientId', 'a client id');
  const { clientSecret, clientSecretFile, authMethod = 'client_secret_basic', caFile } = client;
  checkCredential('KAFKA_OAUTH_CLIENT_SECRET', { value: clientSecret, file: clientSecretFile }, problems);
  checkReadable({ KAFKA_OAUTH_CA_FILE: caFile }, problems);
  return {
    ...client,
    provider,
    tokenEndpoint,
    clientId,
    authMethod,
    extensions: toExtensions(items, report),
  };
}

/** A query is allowed: some identity providers have one in the URL of their endpoint. */
function checkEndpoint(
  url: string,
  { allowPlaintext }: { readonly allowPlaintext: boolean },
  report: Report,
): void {
  if (url === '') {
    return;
  }
  const problem = url.includes('#') ? 'has a fragment' : findBaseUrlProblem(url.replace(/\?.*/s, ''));
  if (problem !== undefined) {
    report('tokenEndpoint', `${problem}.`);
  } else if (/^http:/i.test(url) && !allowPlaintext) {
    report(
      'tokenEndpoint',
      'is not https: the client secret and every token would cross the network as they are. Use https; only where nobody else is on the network set ALLOW_PLAINTEXT to true instead.',
    );
  }
}

/** Names and values as RFC 7628 allows them; "auth" is the token itself. */
function toExtensions(items: readonly string[], report: Report): WithExtensions['extensions'] {
  const extensions: Record<string, string> = {};
  for (const item of items) {
    const [, name, value] = /^([A-Za-z]+)=([\x20-\x7e\t\r\n]+)$/.exec(item) ?? [];
    if (name === undefined || value === undefined || name === 'auth') {
      report(
        'extensions',
        `${quoteValue(item)} is not name=value with a name of letters only, other than auth.`,
      );
    } else {
      extensions[name] = value;
    }
  }
  return extensions;
}
