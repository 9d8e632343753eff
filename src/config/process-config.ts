import { isIP } from 'node:net';
import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { logLevels } from '../runtime/logger.ts';
import { isProduction } from './stores.ts';
import { choiceVariable, integerVariable, parsedVariable, readVariables, textVariable } from './variables.ts';

/** Values of `LOG_FORMAT`. */
export const logFormats = ['json', 'text'] as const;
export type LogFormat = (typeof logFormats)[number];

export const logVariables = {
  logLevel: choiceVariable('LOG_LEVEL', logLevels, 'info'),
  logFormat: choiceVariable('LOG_FORMAT', logFormats),
};

/** From the signal to the exit. */
export const shutdownTimeoutVariable = integerVariable('SHUTDOWN_TIMEOUT_MS', 25_000, {
  min: 1_000,
  max: 3_600_000,
});

/** The address of health and metrics. */
export interface ManagementConfig {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** In lower case: by these its pages may be asked for, beside IP addresses and localhost. */
  readonly names: readonly string[];
}

const everyHost = '::';

/** The public port listens on every address by default. */
export const hostVariable = textVariable('HTTP_HOST', everyHost);

export const portRange = { min: 0, max: 65_535 };

export const managementVariables = {
  publicHost: textVariable('HTTP_HOST'),
  host: textVariable('MANAGEMENT_HOST'),
  names: parsedVariable('MANAGEMENT_NAMES', parseNames, ''),
  port: integerVariable('MANAGEMENT_PORT', undefined, portRange),
};

/** Receiver and filter differ, because they may run on the same machine. */
export const defaultManagementPorts = { receiver: 9090, filter: 9091 };

/** Without an address it is for this machine alone; in production and in a pod, where probes and scrapers are elsewhere, for all. */
export function readManagementConfig(
  env: Env,
  defaultPort: number,
  problems: ConfigProblem[],
): ManagementConfig {
  const {
    publicHost = isProduction(env) || env.KUBERNETES_SERVICE_HOST ? everyHost : '127.0.0.1',
    host = publicHost,
    port = defaultPort,
    names,
  } = readVariables(managementVariables, env, problems);
  return { host, port, names: isName(host) && isIP(host) === 0 ? [...names, host.toLowerCase()] : names };
}

function isName(text: string): boolean {
  return /^[\w-]+(?:\.[\w-]+)*$/.test(text);
}

/** @returns half a sentence about what is wrong */
function parseNames(text: string): readonly string[] | string {
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  const given = names.filter((name) => name !== '');
  return given.every(isName) ? given : 'is no list of host names such as status.example,events.internal';
}

/** A process with such a host listens on all of its addresses. */
export const everyAddress = [everyHost, '0.0.0.0'];

/** Adds a problem when both servers would listen on the same port of one address: a platform may choose any public port. */
export function checkManagementPort(
  management: Pick<ManagementConfig, 'host' | 'port'>,
  http: Pick<ManagementConfig, 'host' | 'port'>,
  problems: ConfigProblem[],
): void {
  const hosts = [management.host, http.host];
  const isShared = management.host === http.host || hosts.some((host) => everyAddress.includes(host));
  if (isShared && management.port !== 0 && management.port === http.port) {
    problems.push({
      variable: 'MANAGEMENT_PORT',
      message: `is ${management.port}, and so is the public port: set another one, or 0 for any free one.`,
    });
  }
}
