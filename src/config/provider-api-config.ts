import { ConfigError, type ConfigProblem, type Env } from '../runtime/config-error.ts';
import { checkCredential } from './credential.ts';
import {
  defineBaseUrlVariable,
  defineChoiceVariable,
  defineCredentialVariable,
  defineTextVariable,
  isLoopbackHost,
  readVariables,
} from './variables.ts';

/** The provider's regions. Each account belongs to one of them. */
export const providerRegions = ['r1', 'r2', 'r3'] as const;
export type ProviderRegion = (typeof providerRegions)[number];

export interface ProviderApiConfig {
  /** Base URL of the API, without a trailing slash. */
  readonly baseUrl: string;
  readonly region: ProviderRegion;
  readonly username: string;
  readonly password: string;
}

export const providerApiVariables = {
  region: defineChoiceVariable('COMAPI_API_REGION', providerRegions, 'r1'),
  url: defineBaseUrlVariable(
    'COMAPI_API_URL',
    'Set it to a plain address, such as https://r1-api.dotdigital.com, and set the credentials in COMAPI_API_USERNAME and COMAPI_API_PASSWORD',
  ),
  username: defineCredentialVariable('COMAPI_API_USERNAME'),
  password: defineCredentialVariable('COMAPI_API_PASSWORD'),
  passwordFile: defineTextVariable('COMAPI_API_PASSWORD_FILE'),
};

/**
 * Loads the settings of the provider's API. Credentials come from the environment, and the password may come from a
 * file. Credentials are never CLI options, because every user of a machine can read its command lines.
 *
 * @throws {ConfigError} with every problem at once
 */
export function loadProviderApiConfig(env: Env): ProviderApiConfig {
  const problems: ConfigProblem[] = [];
  const values = readVariables(providerApiVariables, env, problems);
  const { username, password: value, passwordFile: file } = values;
  if (!env.COMAPI_API_USERNAME) {
    const message = 'is missing: set it to the name of the API user.';
    problems.push({ variable: 'COMAPI_API_USERNAME', message });
  }
  const password = checkCredential('COMAPI_API_PASSWORD', { value, file }, problems);
  const { region, url: baseUrl = `https://${values.region}-api.dotdigital.com` } = values;
  const { protocol, hostname } = new URL(baseUrl);
  if (protocol === 'http:' && !isLoopbackHost(hostname)) {
    problems.push({
      variable: 'COMAPI_API_URL',
      message: 'is not an https:// URL, so the credentials would be sent unencrypted.',
    });
  }
  if (problems.length > 0 || username === undefined || password === undefined) {
    throw new ConfigError(problems);
  }
  return { baseUrl, region, username, password };
}
