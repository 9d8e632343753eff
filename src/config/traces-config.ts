import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { isLoopbackHost } from '../runtime/loopback-host.ts';
import { allowPlaintextVariable } from './process-config.ts';
import {
  booleanVariable,
  choiceVariable,
  findBaseUrlProblem,
  readVariables,
  textVariable,
  type Variables,
  variable,
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

/** Where spans go, and which. Whatever else there is to say of an export, OpenTelemetry's exporter reads by itself. */
export interface TracesConfig {
  /** Spans are posted there. */
  readonly url: string;
  readonly sampler: (typeof samplerNames)[number];
  /** From 0 to 1, for the samplers of a ratio. */
  readonly ratio: number;
}

/** The second one of each is for traces alone and counts before the other, which may be of all programs of a cluster. */
const endpoints = {
  forAll: textVariable('OTEL_EXPORTER_OTLP_ENDPOINT'),
  forTraces: textVariable('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'),
};
const headers = {
  forAll: textVariable('OTEL_EXPORTER_OTLP_HEADERS'),
  forTraces: textVariable('OTEL_EXPORTER_OTLP_TRACES_HEADERS'),
};

const switches = {
  isDisabled: booleanVariable('OTEL_SDK_DISABLED', false),
  exporter: choiceVariable('OTEL_TRACES_EXPORTER', ['otlp', 'none'], 'otlp'),
};

const settings = {
  sampler: choiceVariable('OTEL_TRACES_SAMPLER', samplerNames, 'parentbased_always_on'),
  ratio: variable('OTEL_TRACES_SAMPLER_ARG', 1, 'a number from 0 to 1', (text) => {
    const value = Number(text);
    return text.trim() !== '' && value >= 0 && value <= 1 ? value : undefined;
  }),
  /** It allows headers without TLS. */
  allowPlaintext: allowPlaintextVariable,
};

export const tracesVariables: readonly Variables[] = [switches, settings, endpoints, headers];

/**
 * OpenTelemetry's own variables. Without an endpoint the others mean nothing here, as they may be of another program.
 *
 * @returns `undefined` without traces
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 */
export function readTracesConfig(env: Env, problems: ConfigProblem[]): TracesConfig | undefined {
  const { forAll, forTraces } = readVariables(endpoints, env, problems);
  const given = forTraces ?? forAll;
  if (given === undefined) {
    return undefined;
  }
  const { isDisabled, exporter } = readVariables(switches, env, problems);
  if (isDisabled || exporter === 'none') {
    return undefined;
  }
  const { allowPlaintext, ...sampling } = readVariables(settings, env, problems);
  const endpoint = (forTraces === undefined ? endpoints.forAll : endpoints.forTraces).name;
  const problem = findBaseUrlProblem(given);
  if (problem !== undefined) {
    problems.push({
      variable: endpoint,
      message: `${problem}. Give the collector's, such as http://localhost:4318.`,
    });
  }
  const headersGiven = Object.values(headers).find(({ name }) => env[name]);
  if (headersGiven !== undefined && !allowPlaintext && isPlaintext(given)) {
    problems.push({
      variable: endpoint,
      message: `is not https while ${headersGiven.name} is set: a credential in the headers would cross the network as it is. Use https; only where nobody else is on the network, or where no header is a credential, set ${settings.allowPlaintext.name} to true instead.`,
    });
  }
  return { ...sampling, url: forTraces ?? `${given.replace(/(?<!\/)\/+$/, '')}/v1/traces` };
}

/** Any header may be a credential: no list of names knows those of all collectors. */
function isPlaintext(url: string): boolean {
  const { protocol, hostname } = URL.parse(url) ?? {};
  return protocol === 'http:' && !isLoopbackHost(hostname ?? '');
}
