import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { isLoopbackHost } from '../runtime/loopback-host.ts';
import { findBaseUrlProblem } from './base-url.ts';
import { quoteValue } from './credential.ts';
import { checkReadable } from './read-text-file.ts';
import {
  booleanVariable,
  choiceVariable,
  integerVariable,
  parsedVariable,
  readVariables,
  textVariable,
  type Variable,
  type Variables,
} from './variables.ts';

/** Values of `OTEL_TRACES_SAMPLER`. */
export const samplerNames = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

type Pairs = Readonly<Record<string, string>>;

/** Where spans go, and which. */
export interface TracesConfig {
  /** Spans are posted there. */
  readonly url: string;
  /** May hold credentials. */
  readonly headers: Pairs;
  /** For one export, repetitions included. */
  readonly timeoutMs: number;
  readonly compression: 'none' | 'gzip';
  /** PEM files. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly sampler: (typeof samplerNames)[number];
  /** From 0 to 1, for the samplers of a ratio. */
  readonly ratio: number;
  readonly resourceAttributes: Pairs;
  /** From one export to the next. */
  readonly intervalMs: number;
  /** Spans that wait; further ones are dropped. */
  readonly queueSize: number;
}

/** It allows headers without TLS. */
const allowPlaintextTraces = 'TRACES_ALLOW_PLAINTEXT';

const switches = {
  isDisabled: booleanVariable('OTEL_SDK_DISABLED', false),
  exporter: choiceVariable('OTEL_TRACES_EXPORTER', ['otlp', 'none'], 'otlp'),
};

const settings = {
  serviceName: textVariable('OTEL_SERVICE_NAME'),
  resourceAttributes: parsedVariable('OTEL_RESOURCE_ATTRIBUTES', parsePairs, ''),
  sampler: choiceVariable('OTEL_TRACES_SAMPLER', samplerNames, 'parentbased_always_on'),
  ratio: ratioVariable('OTEL_TRACES_SAMPLER_ARG'),
  intervalMs: integerVariable('OTEL_BSP_SCHEDULE_DELAY', 5_000, { min: 10, max: 600_000 }),
  queueSize: integerVariable('OTEL_BSP_MAX_QUEUE_SIZE', 2_048, { min: 1, max: 100_000 }),
  allowPlaintext: booleanVariable(allowPlaintextTraces, false),
};

const exporterVariables = (prefix: string) => ({
  endpoint: textVariable(`${prefix}ENDPOINT`),
  protocol: protocolVariable(`${prefix}PROTOCOL`),
  headers: parsedVariable(`${prefix}HEADERS`, parseHeaders, ''),
  timeoutMs: integerVariable(`${prefix}TIMEOUT`, 10_000, { min: 1, max: 600_000 }),
  compression: choiceVariable(`${prefix}COMPRESSION`, ['none', 'gzip'], 'none'),
  ca: textVariable(`${prefix}CERTIFICATE`),
  cert: textVariable(`${prefix}CLIENT_CERTIFICATE`),
  key: textVariable(`${prefix}CLIENT_KEY`),
});

const forAllSignals = exporterVariables('OTEL_EXPORTER_OTLP_');
const forTraces: typeof forAllSignals = exporterVariables('OTEL_EXPORTER_OTLP_TRACES_');

export const tracesVariables: readonly Variables[] = [switches, settings, forAllSignals, forTraces];

/**
 * OpenTelemetry's own variables. Without an endpoint the others mean nothing here, as they may be of another program.
 *
 * @returns `undefined` without traces
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 */
export function readTracesConfig(env: Env, problems: ConfigProblem[]): TracesConfig | undefined {
  const chosen = chooseVariables(env);
  const given = env[chosen.endpoint.name];
  if (!given) {
    return undefined;
  }
  const { isDisabled, exporter } = readVariables(switches, env, problems);
  if (isDisabled || exporter === 'none') {
    return undefined;
  }
  const { serviceName, resourceAttributes, allowPlaintext, ...rest } = readVariables(settings, env, problems);
  const { headers, timeoutMs, compression, ca, cert, key } = readVariables(chosen, env, problems);
  checkEndpoint(chosen.endpoint.name, given, problems);
  if (!allowPlaintext && hasPlaintextHeaders({ url: given, headers })) {
    problems.push({
      variable: chosen.endpoint.name,
      message: `is not https while ${chosen.headers.name} is set: a credential in the headers would cross the network as it is. Use https; only where nobody else is on the network, or where no header is a credential, set ${allowPlaintextTraces} to true instead.`,
    });
  }
  checkReadable({ [chosen.ca.name]: ca, [chosen.cert.name]: cert, [chosen.key.name]: key }, problems);
  if ((cert === undefined) !== (key === undefined)) {
    const variable = cert === undefined ? chosen.cert.name : chosen.key.name;
    problems.push({
      variable,
      message: 'is missing: a client certificate needs both its certificate and its key.',
    });
  }
  return {
    ...rest,
    url: chosen.endpoint === forTraces.endpoint ? given : `${given.replace(/(?<!\/)\/+$/, '')}/v1/traces`,
    headers,
    timeoutMs,
    compression,
    tls: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) },
    resourceAttributes: { ...resourceAttributes, ...(serviceName && { 'service.name': serviceName }) },
  };
}

/** Any header may be a credential: no list of names knows those of all collectors. */
function hasPlaintextHeaders({ url, headers }: Pick<TracesConfig, 'url' | 'headers'>): boolean {
  const { protocol, hostname } = URL.parse(url) ?? {};
  return Object.keys(headers).length > 0 && protocol === 'http:' && !isLoopbackHost(hostname ?? '');
}

/** Each variable has one for traces alone, which counts when both are set: the other may be of all programs of a cluster. */
function chooseVariables(env: Env): typeof forAllSignals {
  const fields = Object.keys(forAllSignals) as (keyof typeof forAllSignals)[];
  return Object.fromEntries(
    fields.map((field) => [field, env[forTraces[field].name] ? forTraces[field] : forAllSignals[field]]),
  ) as unknown as typeof forAllSignals;
}

function checkEndpoint(variable: string, given: string, problems: ConfigProblem[]): void {
  const problem = findBaseUrlProblem(given);
  if (problem !== undefined) {
    problems.push({ variable, message: `${problem}. Give the collector's, such as http://localhost:4318.` });
  }
}

/** Only the protocol that every collector must take. */
function protocolVariable(name: string): Variable<string> {
  const supported = 'http/protobuf';
  return {
    name,
    fallback: supported,
    parse: (text) =>
      text === supported
        ? { value: text }
        : {
            problem: `${quoteValue(text)} is not supported: spans are sent as ${supported}, which every collector takes, most on port 4318. Set ${forTraces.endpoint.name} and ${forTraces.protocol.name}=${supported}, or OTEL_TRACES_EXPORTER=none for no traces`,
          },
  };
}

function ratioVariable(name: string): Variable<number> {
  return {
    name,
    fallback: 1,
    parse(text) {
      const value = Number(text);
      return text.trim() !== '' && value >= 0 && value <= 1
        ? { value }
        : { problem: `${quoteValue(text)} is not a number from 0 to 1` };
    },
  };
}

/** `name=value,name=value`, percent-encoded. @returns a sentence about what is wrong, without the text */
function parsePairs(text: string): Pairs | string {
  const pairs: Record<string, string> = {};
  for (const [index, pair] of text.split(',').entries()) {
    const [, name = '', value = ''] = /^([^=\s]+)\s*=\s*(.*)$/s.exec(pair.trim()) ?? [];
    if (pair.trim() !== '' && name === '') {
      return `entry ${index + 1} is not name=value`;
    }
    try {
      if (name !== '') {
        pairs[decodeURIComponent(name)] = decodeURIComponent(value);
      }
    } catch {
      return `entry ${index + 1} has a "%" that begins no percent-encoded character: write it as %25`;
    }
  }
  return pairs;
}

const headerName = /^[\w!#$%&'*+.^`|~-]+$/;
const headerValue = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

function parseHeaders(text: string): Pairs | string {
  const pairs = parsePairs(text);
  const isHeader = ([name, value]: [string, string]) => headerName.test(name) && headerValue.test(value);
  return typeof pairs === 'string' || Object.entries(pairs).every(isHeader)
    ? pairs
    : 'has a name or a value that no HTTP header can have';
}
