import { availableMemory } from '../runtime/available-memory.ts';
import { ConfigError, type ConfigProblem, type Env } from '../runtime/config-error.ts';
import type { RecordRules } from '../webhook/record-headers.ts';
import { type HttpConfig, readHttpConfig } from './http-config.ts';
import {
  checkManagementPort,
  defaultManagementPorts,
  logVariables,
  type ManagementConfig,
  readManagementConfig,
  shutdownTimeoutVariable,
} from './process-config.ts';
import { recordVariables } from './record-config.ts';
import { readSpoolConfig, type SpoolConfig } from './spool-config.ts';
import {
  checkJournalDirectory,
  getStoreSettings,
  readStoreConfig,
  type StoreConfig,
  toGeneratedSecretDir,
} from './stores.ts';
import { checkDeadLetterNameConflict, listTopics, readTopicNames, type TopicNames } from './topic-names.ts';
import { readTracesConfig, type TracesConfig } from './traces-config.ts';
import { defineIntegerVariable, readVariables, type Values } from './variables.ts';
import type { WebhookConfig } from './webhook-config.ts';
import { readWebhooksConfig } from './webhooks-config.ts';

const defaultShutdownDelayMs = 5_000;

const shutdownVariables = {
  /** Time during which an unready receiver keeps serving, so that Kubernetes can remove the pod from the endpoints. */
  delayMs: defineIntegerVariable('SHUTDOWN_DELAY_MS', undefined, { min: 0, max: 600_000 }),
  /** Maximum duration of the whole shutdown, including the delay. */
  timeoutMs: shutdownTimeoutVariable,
};

export const receiverVariables = { ...shutdownVariables, ...logVariables, ...recordVariables };

export type ReceiverConfig = Values<typeof logVariables> & {
  readonly recordRules: RecordRules;
  readonly http: HttpConfig;
  readonly management: ManagementConfig;
  readonly webhooks: readonly WebhookConfig[];
  readonly store: StoreConfig;
  readonly spool: SpoolConfig | undefined;
  readonly traces: TracesConfig | undefined;
  /** Every topic for events, each with its dead-letter topic and latest-state topic. */
  readonly allTopics: readonly TopicNames[];
  /** Delay and time limit of the shutdown, in milliseconds. */
  readonly shutdown: { readonly delayMs: number; readonly timeoutMs: number };
};

/**
 * Loads the receiver's complete configuration. A loaded configuration guarantees that signatures are checked and that
 * time limits are consistent.
 *
 * @throws {ConfigError} with every problem at once
 */
export function loadReceiverConfig(env: Env, memoryBytes = availableMemory()): ReceiverConfig {
  const problems: ConfigProblem[] = [];
  const logValues = readVariables(logVariables, env, problems);
  const recordRules = readVariables(recordVariables, env, problems);
  const { delayMs, timeoutMs } = readVariables(shutdownVariables, env, problems);
  const http = readHttpConfig(env, memoryBytes, problems);
  const topics = readTopicNames(env, problems);
  const store = readStoreConfig(env, problems);
  checkJournalDirectory(store, env, problems);
  const spool = readSpoolConfig(env, http.maxBodyBytes, problems);
  const traces = readTracesConfig(env, problems);
  const generatedSecretDir = toGeneratedSecretDir(store, env);
  const defaults = { topics, ...(generatedSecretDir !== undefined && { generatedSecretDir }) };
  const webhooks = readWebhooksConfig(env, defaults, problems);
  checkPublicUrl(http.publicUrl, webhooks, problems);
  // In development, no load balancer needs time to remove the endpoint.
  const isDevelopment = webhooks.some(({ secrets }) => secrets.kind === 'generated');
  const shutdown = { delayMs: delayMs ?? (isDevelopment ? 0 : defaultShutdownDelayMs), timeoutMs };
  const allTopics = webhooks.flatMap((webhook) => listTopics(webhook.topics));
  checkDeadLetterNameConflict(store, allTopics, problems);
  const management = readManagementConfig(env, defaultManagementPorts.receiver, problems);
  checkManagementPort(management, http, problems);
  if (shutdown.delayMs + http.requestBudgetMs > shutdown.timeoutMs) {
    problems.push({
      variable: 'SHUTDOWN_TIMEOUT_MS',
      message: `is less than SHUTDOWN_DELAY_MS + REQUEST_BUDGET_MS (${shutdown.delayMs} + ${http.requestBudgetMs}): requests in flight would be aborted. Raise SHUTDOWN_TIMEOUT_MS.`,
    });
  }
  getStoreSettings(store.kind).check?.(recordRules, problems);
  ConfigError.throwIfAny(problems);
  return { ...logValues, recordRules, http, management, webhooks, store, spool, traces, allTopics, shutdown };
}

/** Rejects a PUBLIC_URL that ends with a webhook path, because the landing page appends that path. */
function checkPublicUrl(
  publicUrl: string | undefined,
  webhooks: readonly WebhookConfig[],
  problems: ConfigProblem[],
): void {
  const webhookInUrl = webhooks.find(({ path }) => publicUrl?.endsWith(path));
  if (webhookInUrl !== undefined) {
    problems.push({
      variable: 'PUBLIC_URL',
      message: `ends with ${webhookInUrl.path}, the path of a webhook. Remove the path, because the landing page appends it.`,
    });
  }
}
