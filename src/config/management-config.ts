import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { integerVariable, readVariables, textVariable } from './variables.ts';

/** The address of health and metrics. */
export interface ManagementConfig {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** A process listens on every address by default. */
export const hostVariable = textVariable('::');

export const managementEntries = {
  HTTP_HOST: hostVariable,
  MANAGEMENT_HOST: textVariable(undefined),
  MANAGEMENT_PORT: integerVariable(undefined, { min: 0, max: 65_535 }),
};

/** Of the receiver, and of the filter, which may run on the same machine. */
export const defaultManagementPorts = { receiver: 9090, filter: 9091 };

export function readManagementConfig(
  env: Env,
  defaultPort: number,
  problems: ConfigProblem[],
): ManagementConfig {
  const read = readVariables(managementEntries, env, problems);
  return { host: read.MANAGEMENT_HOST ?? read.HTTP_HOST, port: read.MANAGEMENT_PORT ?? defaultPort };
}

/** A process with such a host listens on all of its addresses. */
export const everyAddress = ['::', '0.0.0.0'];

/** Adds a problem when both servers would listen on the same port of one address: a platform may choose any public port. */
export function checkManagementPort(
  management: ManagementConfig,
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
