import { ConfigError, type ConfigProblem, type Env } from '../runtime/config-error.ts';
import type { LogLevel } from '../runtime/logger.ts';
import type { KeyRules } from '../webhook/key-rules.ts';
import type { RecordHeaders } from '../webhook/record-headers.ts';
import { type HttpConfig, readHttpConfig } from './http-config.ts';
import { readKeyRules } from './key-rules-config.ts';
import { type LogFormat, logEntries } from './log-config.ts';
import {
  checkManagementPort,
  defaultManagementPorts,
  type ManagementConfig,
  readManagementConfig,
} from './management-config.ts';
import { readRecordHeaders } from './record-headers-config.ts';
import { readSpoolConfig, type SpoolConfig } from './spool-config.ts';
import { checkJournalPlace, checkStoreUse, readStoreConfig, toGeneratedSecretDir } from './store-config.ts';
import type { StoreConfig } from './stores.ts';
import { checkNumberedNames } from './topic-conflicts.ts';
import { type RoutedTopics, readTopicNames } from './topic-names.ts';
import { integerVariable, readVariables } from './variables.ts';
import { listWebhookTopics, type WebhookConfig } from './webhook-config.ts';
import { readWebhooksConfig } from './webhooks-config.ts';

export interface ShutdownConfig {
  /** The receiver is unready and still serves: endpoints need this long to drop the pod. */
  readonly delayMs: number;
  /** From the signal to the exit, the delay included. */
  readonly timeoutMs: number;
}

export interface ReceiverConfig {
  readonly http: HttpConfig;
  readonly management: ManagementConfig;
  readonly webhooks: readonly WebhookConfig[];
  readonly keyRules: KeyRules;
  readonly recordHeaders: RecordHeaders | undefined;
  readonly store: StoreConfig;
  /** Absent without a spool. */
  readonly spool?: SpoolConfig;
  readonly topics: RoutedTopics;
  readonly shutdown: ShutdownConfig;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat | undefined;
  /** How many events of a delivery its log line names at most. */
  readonly logEvents: number;
}

export const receiverEntries = {
  SHUTDOWN_DELAY_MS: integerVariable(5_000, { min: 0, max: 600_000 }),
  SHUTDOWN_TIMEOUT_MS: integerVariable(25_000, { min: 1_000, max: 3_600_000 }),
  LOG_EVENTS: integerVariable(0, { min: 0, max: 100 }),
  ...logEntries,
};

/**
 * The receiver's whole configuration. A receiver that has it never runs without a signature check, and can answer in time.
 *
 * @throws {ConfigError} with every problem at once
 */
export function loadReceiverConfig(env: Env): ReceiverConfig {
  const problems: ConfigProblem[] = [];
  const read = readVariables(receiverEntries, env, problems);
  const shutdown = { delayMs: read.SHUTDOWN_DELAY_MS, timeoutMs: read.SHUTDOWN_TIMEOUT_MS };
  const http = readHttpConfig(env, problems);
  const topics = readTopicNames(env, problems);
  const store = readStoreConfig(env, problems);
  checkJournalPlace(store, env, problems);
  const spool = readSpoolConfig(env, http.maxBodyBytes, problems);
  const generatedSecretDir = toGeneratedSecretDir(store, env);
  const webhooks = readWebhooksConfig(
    env,
    {
      topics,
      ...(generatedSecretDir !== undefined && { generatedSecretDir }),
    },
    problems,
  );
  checkPublicUrl(http.publicUrl, webhooks, problems);
  checkNumberedNames(store, listWebhookTopics(webhooks), problems);
  const management = readManagementConfig(env, defaultManagementPorts.receiver, problems);
  checkManagementPort(management, http, problems);
  const keyRules = readKeyRules(env, problems);
  const recordHeaders = readRecordHeaders(env, problems);
  if (shutdown.delayMs + http.requestBudgetMs > shutdown.timeoutMs) {
    problems.push({
      variable: 'SHUTDOWN_TIMEOUT_MS',
      message: `is less than SHUTDOWN_DELAY_MS + REQUEST_BUDGET_MS (${shutdown.delayMs} + ${http.requestBudgetMs}): requests under way would be cut off. Raise it.`,
    });
  }
  checkStoreUse(store, { requestBudgetMs: http.requestBudgetMs, recordHeaders }, problems);
  ConfigError.throwIfAny(problems);
  return {
    http,
    management,
    webhooks,
    keyRules,
    recordHeaders,
    store,
    ...(spool && { spool }),
    topics,
    shutdown,
    logLevel: read.LOG_LEVEL,
    logFormat: read.LOG_FORMAT,
    logEvents: read.LOG_EVENTS,
  };
}

/** The landing page puts the path of each webhook behind the URL. */
function checkPublicUrl(
  publicUrl: string | undefined,
  webhooks: readonly WebhookConfig[],
  problems: ConfigProblem[],
): void {
  const doubled = webhooks.find(({ path }) => publicUrl?.endsWith(path));
  if (doubled !== undefined) {
    problems.push({
      variable: 'PUBLIC_URL',
      message: `ends with ${doubled.path}, the path of a webhook, which would be there twice. Give the part before it.`,
    });
  }
}
