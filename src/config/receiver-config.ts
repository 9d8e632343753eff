import { ConfigError, type ConfigProblem, type Env } from '../runtime/config-error.ts';
import { type LogLevel, logLevels } from '../runtime/logger.ts';
import { defaultKeyRulesText, type KeyRules, parseKeyRules } from '../webhook/key-rules.ts';
import { findBaseUrlFault } from './base-url.ts';
import { checkReadable } from './files.ts';
import { type KafkaConfig, readKafkaConfig, readTopicNames } from './kafka-config.ts';
import { hostVariable, type ManagementConfig, readManagementConfig } from './management-config.ts';
import {
  booleanVariable,
  choiceVariable,
  integerVariable,
  patternVariable,
  readVariables,
  textVariable,
} from './variables.ts';
import type { WebhookConfig } from './webhook-config.ts';
import { readWebhooksConfig } from './webhooks-config.ts';

export interface TlsConfig {
  readonly certFile: string;
  readonly keyFile: string;
  readonly passphrase?: string;
}

export interface HttpConfig {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly tls?: TlsConfig;
  /** Where the provider reaches the receiver, without a slash at its end; shown on the landing page. */
  readonly publicUrl?: string;
  /** Whether the landing page at `/` shows all webhooks. */
  readonly landingPagePaths: boolean;
  /** Lower case, as node:http names headers. */
  readonly signatureHeader: string;
  readonly requestBudgetMs: number;
  readonly bodyTimeoutMs: number;
  readonly maxBodyBytes: number;
  readonly maxInFlightRequests: number;
  readonly maxInFlightBytes: number;
}

export interface ShutdownConfig {
  /** Unready, still serving: endpoints need this long to drop the pod. */
  readonly delayMs: number;
  /** From the signal to the exit, the delay included. */
  readonly timeoutMs: number;
}

export interface ReceiverConfig {
  readonly http: HttpConfig;
  readonly management: ManagementConfig;
  readonly webhooks: readonly WebhookConfig[];
  readonly keyRules: KeyRules;
  /** Journal, and the generated development secret. */
  readonly dataDir: string;
  /** Without it the sink is the journal. */
  readonly kafka?: KafkaConfig;
  readonly shutdown: ShutdownConfig;
  readonly logLevel: LogLevel;
}

/** The provider gives up after 10 s; what is left below that is for the network and the proxies on the way. */
const maxRequestBudgetMs = 9_500;

/** What the store gets of the budget at the least. */
const minAppendMs = 1_000;

const mebibyte = 1024 * 1024;

/** What a body may have at most, which is what a dead letter may have. */
export const maxBodyBytesVariable = integerVariable(10 * mebibyte, { min: 1024, max: 100 * mebibyte });

const entries = {
  HTTP_HOST: hostVariable,
  HTTP_PORT: integerVariable(undefined, { min: 0, max: 65_535 }),
  PORT: integerVariable(8080, { min: 0, max: 65_535 }),
  TLS_CERT_FILE: textVariable(undefined),
  TLS_KEY_FILE: textVariable(undefined),
  TLS_KEY_PASSPHRASE: textVariable(undefined),
  PUBLIC_URL: textVariable(undefined),
  LANDING_PAGE_PATHS: booleanVariable(false),
  SIGNATURE_HEADER: patternVariable('x-comapi-signature', /^[A-Za-z0-9-]+$/, 'a header name'),
  REQUEST_BUDGET_MS: integerVariable(8_000, { min: 1_500, max: maxRequestBudgetMs }),
  BODY_TIMEOUT_MS: integerVariable(5_000, { min: 100, max: maxRequestBudgetMs }),
  MAX_BODY_BYTES: maxBodyBytesVariable,
  MAX_IN_FLIGHT_REQUESTS: integerVariable(2_048, { min: 1, max: 1_000_000 }),
  MAX_IN_FLIGHT_BYTES: integerVariable(64 * mebibyte, { min: 1024, max: 16_384 * mebibyte }),
  DATA_DIR: textVariable('./data'),
  KEY_RULES: textVariable(defaultKeyRulesText),
  SHUTDOWN_DELAY_MS: integerVariable(5_000, { min: 0, max: 600_000 }),
  SHUTDOWN_TIMEOUT_MS: integerVariable(25_000, { min: 1_000, max: 3_600_000 }),
  LOG_LEVEL: choiceVariable(logLevels, 'info'),
  NODE_ENV: textVariable(undefined),
};

type Variables = ReturnType<typeof readVariables<typeof entries>>;

/**
 * The receiver's whole configuration, checked: what it returns can keep the promise of answering in time and of never
 * running unprotected.
 *
 * @throws {ConfigError} with every problem at once
 */
export function loadReceiverConfig(env: Env): ReceiverConfig {
  const problems: ConfigProblem[] = [];
  const read = readVariables(entries, env, problems);
  const topics = readTopicNames(env, problems);
  const kafka = readKafkaConfig(env, problems);
  const mayGenerateSecret = !env.KAFKA_BROKERS && env.NODE_ENV !== 'production';
  const webhooks = readWebhooksConfig(
    env,
    {
      topic: topics.events,
      deadLetterTopic: topics.deadLetter,
      ...(mayGenerateSecret && { generatedSecretDir: read.DATA_DIR }),
    },
    problems,
  );
  const management = readManagementConfig(env, problems);
  const tls = readTls(read, problems);
  const publicUrl = readPublicUrl(read.PUBLIC_URL, problems);
  const keyRules = parseKeyRules(read.KEY_RULES);
  if (typeof keyRules === 'string') {
    problems.push({ variable: 'KEY_RULES', message: `${keyRules}.` });
  }
  checkBudgets(read, problems);
  if (problems.length > 0 || typeof keyRules === 'string') {
    throw new ConfigError(problems);
  }
  return {
    http: {
      host: read.HTTP_HOST,
      port: read.HTTP_PORT ?? read.PORT,
      ...(tls && { tls }),
      ...(publicUrl !== undefined && { publicUrl }),
      landingPagePaths: read.LANDING_PAGE_PATHS,
      signatureHeader: read.SIGNATURE_HEADER.toLowerCase(),
      requestBudgetMs: read.REQUEST_BUDGET_MS,
      bodyTimeoutMs: read.BODY_TIMEOUT_MS,
      maxBodyBytes: read.MAX_BODY_BYTES,
      maxInFlightRequests: read.MAX_IN_FLIGHT_REQUESTS,
      maxInFlightBytes: read.MAX_IN_FLIGHT_BYTES,
    },
    management,
    webhooks,
    keyRules,
    dataDir: read.DATA_DIR,
    ...(kafka && { kafka }),
    shutdown: { delayMs: read.SHUTDOWN_DELAY_MS, timeoutMs: read.SHUTDOWN_TIMEOUT_MS },
    logLevel: read.LOG_LEVEL,
  };
}

function readTls(read: Variables, problems: ConfigProblem[]): TlsConfig | undefined {
  const { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile, TLS_KEY_PASSPHRASE: passphrase } = read;
  checkReadable({ TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile }, problems);
  if (certFile !== undefined && keyFile !== undefined) {
    return { certFile, keyFile, ...(passphrase !== undefined && { passphrase }) };
  }
  if (certFile ?? keyFile ?? passphrase) {
    const variable = certFile === undefined ? 'TLS_CERT_FILE' : 'TLS_KEY_FILE';
    problems.push({ variable, message: 'is missing: TLS needs both TLS_CERT_FILE and TLS_KEY_FILE.' });
  }
  return undefined;
}

function readPublicUrl(text: string | undefined, problems: ConfigProblem[]): string | undefined {
  const fault = text === undefined ? undefined : findBaseUrlFault(text);
  if (fault !== undefined) {
    problems.push({
      variable: 'PUBLIC_URL',
      message: `${fault}. Give what stands before the path of a webhook, such as https://hooks.example.com.`,
    });
  }
  return text?.replace(/\/+$/, '');
}

function checkBudgets(read: Variables, problems: ConfigProblem[]): void {
  if (read.BODY_TIMEOUT_MS + minAppendMs > read.REQUEST_BUDGET_MS) {
    problems.push({
      variable: 'BODY_TIMEOUT_MS',
      message: `leaves less than ${minAppendMs} ms of REQUEST_BUDGET_MS (${read.REQUEST_BUDGET_MS}) for the store: lower it.`,
    });
  }
  if (read.SHUTDOWN_DELAY_MS + read.REQUEST_BUDGET_MS > read.SHUTDOWN_TIMEOUT_MS) {
    problems.push({
      variable: 'SHUTDOWN_TIMEOUT_MS',
      message: `is less than SHUTDOWN_DELAY_MS + REQUEST_BUDGET_MS (${read.SHUTDOWN_DELAY_MS} + ${read.REQUEST_BUDGET_MS}): requests under way would be cut off. Raise it.`,
    });
  }
  if (read.MAX_BODY_BYTES > read.MAX_IN_FLIGHT_BYTES) {
    problems.push({
      variable: 'MAX_IN_FLIGHT_BYTES',
      message: `is less than MAX_BODY_BYTES (${read.MAX_BODY_BYTES}): such a body could never be admitted. Raise it.`,
    });
  }
}
