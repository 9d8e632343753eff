import { describe, expect, test } from 'vitest';
import { readTracesConfig } from '../../src/config/traces-config.ts';
import type { ConfigProblem, Env } from '../../src/runtime/config-error.ts';

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

function read(env: Env) {
  const problems: ConfigProblem[] = [];
  const config = readTracesConfig(env, problems);
  return { config, problems: problems.map(({ variable, message }) => `${variable}: ${message}`) };
}

test('without an endpoint there are no traces, whatever other programs are told', () => {
  const others = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_TRACES_SAMPLER: 'jaeger_remote' };
  expect(read(others)).toEqual({ config: undefined, problems: [] });
});

test.each([
  { OTEL_SDK_DISABLED: 'TRUE', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
  { OTEL_TRACES_EXPORTER: 'none' },
])('nor with %o', (env) => {
  expect(read({ ...endpoint, ...env })).toEqual({ config: undefined, problems: [] });
});

test('an endpoint alone is enough', () => {
  expect(read(endpoint)).toEqual({
    problems: [],
    config: {
      url: 'http://collector:4318/v1/traces',
      sampler: 'parentbased_always_on',
      ratio: 1,
    },
  });
});

test('the endpoint for traces alone counts before the one for everything, and is the whole URL', () => {
  const { config, problems } = read({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example.com/otlp/',
  });
  expect(problems).toEqual([]);
  expect(config).toMatchObject({ url: 'https://traces.example.com/otlp/' });
});

describe('headers, which may hold a credential', () => {
  const headers = { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20planted' };

  test.each([
    ['https://traces.example.com'],
    ['http://localhost:4318'],
    ['http://127.0.0.1:4318'],
    ['http://[::1]:4318'],
  ])('go to %s', (url) => {
    expect(read({ ...headers, OTEL_EXPORTER_OTLP_ENDPOINT: url }).problems).toEqual([]);
  });

  test.each([
    [{ ...endpoint, ...headers }, 'OTEL_EXPORTER_OTLP_ENDPOINT'],
    [{ ...endpoint, OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'a=planted' }, 'OTEL_EXPORTER_OTLP_ENDPOINT'],
    [
      { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'HTTP://localhost.example.com/', ...headers },
      'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    ],
  ])('do not cross a network as they are: %o', (env, variable) => {
    const { problems } = read(env);
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${variable}: is not https`))]);
    expect(problems.join()).not.toContain('planted');
    expect(read({ ...env, ALLOW_PLAINTEXT: 'true' }).problems).toEqual([]);
  });
});

describe('is refused', () => {
  test.each<[Env, string]>([
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
      'OTEL_EXPORTER_OTLP_ENDPOINT: is not an http:// or https:// URL. Set it to the URL of the collector, such as http://localhost:4318.',
    ],
    [
      { OTEL_TRACES_SAMPLER: 'jaeger_remote' },
      'OTEL_TRACES_SAMPLER: "jaeger_remote" is not one of always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, parentbased_traceidratio.',
    ],
    [{ OTEL_TRACES_SAMPLER_ARG: '1.5' }, 'OTEL_TRACES_SAMPLER_ARG: "1.5" is not a number from 0 to 1.'],
    [{ OTEL_TRACES_SAMPLER_ARG: '-1' }, 'OTEL_TRACES_SAMPLER_ARG: "-1" is not a number from 0 to 1.'],
    [{ OTEL_TRACES_SAMPLER_ARG: ' ' }, 'OTEL_TRACES_SAMPLER_ARG: " " is not a number from 0 to 1.'],
    [{ OTEL_TRACES_EXPORTER: 'zipkin' }, 'OTEL_TRACES_EXPORTER: "zipkin" is not one of otlp, none.'],
  ])('%o', (env, problem) => {
    expect(read({ ...endpoint, ...env }).problems).toEqual([problem]);
  });
});
