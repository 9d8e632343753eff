import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { allowPlaintextVariable } from './process-config.ts';
import {
  defineBooleanVariable,
  defineChoiceVariable,
  defineTextVariable,
  defineVariable,
  findBaseUrlProblem,
  isLoopbackHost,
  readVariables,
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

/**
 * Destination and sampling of spans. The OpenTelemetry exporter reads all other export settings directly from the
 * environment.
 */
export interface TracesConfig {
  readonly url: string;
  readonly sampler: (typeof samplerNames)[number];
  /** Share of sampled traces, from 0 to 1. Used only by the ratio samplers. */
  readonly ratio: number;
}

/** All programs of a cluster may share the general endpoint, so the endpoint for traces takes precedence. */
const endpointVariables = {
  forAll: defineTextVariable('OTEL_EXPORTER_OTLP_ENDPOINT'),
  forTraces: defineTextVariable('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'),
};
const headersVariables = {
  forAll: defineTextVariable('OTEL_EXPORTER_OTLP_HEADERS'),
  forTraces: defineTextVariable('OTEL_EXPORTER_OTLP_TRACES_HEADERS'),
};

const tracingSwitchVariables = {
  isDisabled: defineBooleanVariable('OTEL_SDK_DISABLED', false),
  exporter: defineChoiceVariable('OTEL_TRACES_EXPORTER', ['otlp', 'none'], 'otlp'),
};

const samplingVariables = {
  sampler: defineChoiceVariable('OTEL_TRACES_SAMPLER', samplerNames, 'parentbased_always_on'),
  ratio: defineVariable('OTEL_TRACES_SAMPLER_ARG', 1, 'a number from 0 to 1', (text) => {
    const value = Number(text);
    return text.trim() !== '' && value >= 0 && value <= 1 ? value : undefined;
  }),
  /** Allows headers to be sent to the collector without TLS. */
  allowPlaintext: allowPlaintextVariable,
};

export const tracingVariables: readonly Variables[] = [
  tracingSwitchVariables,
  samplingVariables,
  endpointVariables,
  headersVariables,
];

/**
 * Reads OpenTelemetry's standard variables. Without an endpoint, the other tracing variables are ignored, because they
 * may be meant for a different program.
 *
 * @returns `undefined` if tracing is off
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 */
export function readTracesConfig(env: Env, problems: ConfigProblem[]): TracesConfig | undefined {
  const { forAll, forTraces } = readVariables(endpointVariables, env, problems);
  const endpointText = forTraces ?? forAll;
  if (endpointText === undefined) {
    return undefined;
  }
  const { isDisabled, exporter } = readVariables(tracingSwitchVariables, env, problems);
  if (isDisabled || exporter === 'none') {
    return undefined;
  }
  const { allowPlaintext, ...sampling } = readVariables(samplingVariables, env, problems);
  const endpoint = (forTraces === undefined ? endpointVariables.forAll : endpointVariables.forTraces).name;
  const problem = findBaseUrlProblem(endpointText);
  if (problem !== undefined) {
    problems.push({
      variable: endpoint,
      message: `${problem}. Set it to the URL of the collector, such as http://localhost:4318.`,
    });
  }
  const setHeadersVariable = Object.values(headersVariables).find(({ name }) => env[name]);
  if (setHeadersVariable !== undefined && !allowPlaintext && isPlaintext(endpointText)) {
    problems.push({
      variable: endpoint,
      message: `is not https, but ${setHeadersVariable.name} is set: a credential in the headers would be sent unencrypted. Use https. On a trusted network, or if no header is a credential, you can set ${samplingVariables.allowPlaintext.name}=true instead.`,
    });
  }
  return { ...sampling, url: forTraces ?? `${endpointText.replace(/(?<!\/)\/+$/, '')}/v1/traces` };
}

/**
 * Whether headers would be sent unencrypted over a network. Any header may contain a credential, because each collector uses
 * its own names.
 */
function isPlaintext(url: string): boolean {
  const { protocol, hostname } = URL.parse(url) ?? {};
  return protocol === 'http:' && !isLoopbackHost(hostname ?? '');
}
