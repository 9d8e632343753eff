import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { logLevels } from '../runtime/logger.ts';
import {
  defineBooleanVariable,
  defineChoiceVariable,
  defineIntegerVariable,
  defineTextVariable,
  readVariables,
} from './variables.ts';

/** Values of `LOG_FORMAT`. */
export const logFormats = ['json', 'text'] as const;
export type LogFormat = (typeof logFormats)[number];

export const logVariables = {
  logLevel: defineChoiceVariable('LOG_LEVEL', logLevels, 'info'),
  logFormat: defineChoiceVariable('LOG_FORMAT', logFormats),
};

/** Maximum time from the shutdown signal to the exit of the process. */
export const shutdownTimeoutVariable = defineIntegerVariable('SHUTDOWN_TIMEOUT_MS', 25_000, {
  min: 1_000,
  max: 3_600_000,
});

/** The address of the management port (health, metrics, status). */
export interface ManagementConfig {
  readonly host: string;
  /** Port to listen on. 0 selects any free port. */
  readonly port: number;
}

const ipv6WildcardHost = '::';

/** The address of the public port. The default is all interfaces. */
export const hostVariable = defineTextVariable('HTTP_HOST', ipv6WildcardHost);

export const validPorts = { min: 0, max: 65_535 };

export const managementVariables = {
  host: defineTextVariable('MANAGEMENT_HOST'),
  port: defineIntegerVariable('MANAGEMENT_PORT', undefined, validPorts),
};

/** The receiver and the filter have different ports, because both may run on the same machine. */
export const defaultManagementPorts = { receiver: 9090, filter: 9091 };

/**
 * Reads the address of the management port. The default is the loopback interface. In a Kubernetes pod, the default is
 * all interfaces, because probes and Prometheus connect from outside the pod.
 */
export function readManagementConfig(
  env: Env,
  defaultPort: number,
  problems: ConfigProblem[],
): ManagementConfig {
  const { host = env.KUBERNETES_SERVICE_HOST ? ipv6WildcardHost : '127.0.0.1', port = defaultPort } =
    readVariables(managementVariables, env, problems);
  return { host, port };
}

/** Host names that stand for all network interfaces. */
export const wildcardAddresses = [ipv6WildcardHost, '0.0.0.0'];

/**
 * Adds a problem if both servers would listen on the same port of one address. The conflict can occur when a platform
 * chooses the public port.
 */
export function checkManagementPort(
  management: Pick<ManagementConfig, 'host' | 'port'>,
  http: Pick<ManagementConfig, 'host' | 'port'>,
  problems: ConfigProblem[],
): void {
  const hosts = [management.host, http.host];
  const isSameInterface =
    management.host === http.host || hosts.some((host) => wildcardAddresses.includes(host));
  if (isSameInterface && management.port !== 0 && management.port === http.port) {
    problems.push({
      variable: 'MANAGEMENT_PORT',
      message: `is ${management.port}, the same as the public port: set another port, or 0 for any free port.`,
    });
  }
}

/** Allows credentials to be sent without TLS, to the store and to a trace collector. */
export const allowPlaintextVariable = defineBooleanVariable('ALLOW_PLAINTEXT', false);
