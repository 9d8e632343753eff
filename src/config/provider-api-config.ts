import { ConfigError, type ConfigProblem, type Env } from '../runtime/config-error.ts';
import { findBaseUrlFault } from './base-url.ts';
import { readCredentialFile } from './files.ts';
import { choiceVariable, credentialVariable, readVariables, textVariable } from './variables.ts';

/** Each account is in one of the provider's regions. */
export const providerRegions = ['r1', 'r2', 'r3'] as const;
export type ProviderRegion = (typeof providerRegions)[number];

/** How to reach the provider's Webhook API. */
export interface ProviderApiConfig {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly region: ProviderRegion;
  readonly username: string;
  readonly password: string;
}

export const providerApiEntries = {
  COMAPI_API_REGION: choiceVariable(providerRegions, 'r1'),
  COMAPI_API_URL: textVariable(undefined),
  COMAPI_API_USERNAME: credentialVariable(),
  COMAPI_API_USERNAME_FILE: textVariable(undefined),
  COMAPI_API_PASSWORD: credentialVariable(),
  COMAPI_API_PASSWORD_FILE: textVariable(undefined),
};

/**
 * Credentials come from the environment or from files. Every user of a machine can read its command lines.
 *
 * @throws {ConfigError} with every problem at once
 */
export function loadProviderApiConfig(
  env: Env,
  given: { readonly region?: ProviderRegion },
): ProviderApiConfig {
  const problems: ConfigProblem[] = [];
  const read = readVariables(providerApiEntries, env, problems);
  const username = readCredential('COMAPI_API_USERNAME', read, problems);
  const password = readCredential('COMAPI_API_PASSWORD', read, problems);
  const region = given.region ?? read.COMAPI_API_REGION;
  const baseUrl = toBaseUrl(read.COMAPI_API_URL ?? `https://${region}-api.dotdigital.com`, problems);
  if (problems.length > 0 || username === undefined || password === undefined) {
    throw new ConfigError(problems);
  }
  return { baseUrl, region, username, password };
}

function readCredential(
  name: 'COMAPI_API_USERNAME' | 'COMAPI_API_PASSWORD',
  read: Readonly<Record<string, string | undefined>>,
  problems: ConfigProblem[],
): string | undefined {
  const value = read[name];
  const file = read[`${name}_FILE`];
  if ((value === undefined) === (file === undefined)) {
    if (problems.some(({ variable }) => variable === name)) {
      return undefined;
    }
    const state = value === undefined ? 'is missing' : `is set together with ${name}_FILE`;
    problems.push({ variable: name, message: `${state}: set either this or ${name}_FILE for the API user.` });
    return undefined;
  }
  return file === undefined ? value : readCredentialFile(`${name}_FILE`, file, problems);
}

function toBaseUrl(text: string, problems: ConfigProblem[]): string {
  const variable = 'COMAPI_API_URL';
  const fault = findBaseUrlFault(text);
  if (fault !== undefined) {
    problems.push({
      variable,
      message: `${fault}. Give the address alone; the API user is COMAPI_API_USERNAME and COMAPI_API_PASSWORD.`,
    });
    return '';
  }
  const { protocol, hostname } = new URL(text);
  if (protocol === 'http:' && !/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)) {
    problems.push({
      variable,
      message: 'is not an https:// URL: the credentials would be sent without encryption.',
    });
  }
  return text.replace(/\/+$/, '');
}
