import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { logLevels } from '../runtime/logger.ts';
import {
  booleanVariable,
  choiceVariable,
  integerVariable,
  readVariables,
  textVariable,
} from './variables.ts';

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
}

const everyHost = '::';

/** The public port listens on every address by default. */
export const hostVariable = textVariable('HTTP_HOST', everyHost);

export const portRange = { min: 0, max: 65_535 };

export const managementVariables = {
  host: textVariable('MANAGEMENT_HOST'),
  port: integerVariable('MANAGEMENT_PORT', undefined, portRange),
};

/** Receiver and filter differ, because they may run on the same machine. */
export const defaultManagementPorts = { receiver: 9090, filter: 9091 };

/** Without an address it is for this machine alone; in a pod, where probes and scrapers are elsewhere, for all. */
export function readManagementConfig(
  env: Env,
  defaultPort: number,
  problems: ConfigProblem[],
): ManagementConfig {
  const { host = env.KUBERNETES_SERVICE_HOST ? everyHost : '127.0.0.1', port = defaultPort } = readVariables(
    managementVariables,
    env,
    problems,
  );
  return { host, port };
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

/** Passwords, tokens and headers with credentials may cross a network without TLS: to the store, and to a collector of traces. */
export const allowPlaintextVariable = booleanVariable('ALLOW_PLAINTEXT', false);
