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
      headers: {},
      timeoutMs: 10_000,
      compression: 'none',
      tls: {},
      sampler: 'parentbased_always_on',
      ratio: 1,
      resourceAttributes: {},
      intervalMs: 5_000,
      queueSize: 2_048,
    },
  });
});

test('a variable for traces alone counts before the one for everything, which may be wrong for traces', () => {
  const { config, problems } = read({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4317/',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example.com/otlp/',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf',
    OTEL_EXPORTER_OTLP_HEADERS: 'a=1',
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: ' x-key = se%3Dcret%2C , ',
    OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
    OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '2000',
  });
  expect(problems).toEqual([]);
  expect(config).toMatchObject({
    url: 'https://traces.example.com/otlp/',
    headers: { 'x-key': 'se=cret,' },
    timeoutMs: 2_000,
  });
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
    [
      { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'HTTP://localhost.example.com/', ...headers },
      'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    ],
  ])('do not cross a network as they are: %o', (env, variable) => {
    const { problems } = read(env);
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${variable}: is not https`))]);
    expect(problems.join()).not.toContain('planted');
    expect(read({ ...env, TRACES_ALLOW_PLAINTEXT: 'true' }).problems).toEqual([]);
  });
});

describe('is refused', () => {
  test.each<[Env, string]>([
    [
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      'OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" is not supported: spans are sent as http/protobuf, which every collector takes, most on port 4318. Set OTEL_EXPORTER_OTLP_TRACES_ENDPOINT and OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf, or OTEL_TRACES_EXPORTER=none for no traces.',
    ],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
      "OTEL_EXPORTER_OTLP_ENDPOINT: is not an http:// or https:// URL. Give the collector's, such as http://localhost:4318.",
    ],
    [
      { OTEL_TRACES_SAMPLER: 'jaeger_remote' },
      'OTEL_TRACES_SAMPLER: "jaeger_remote" is not one of always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, parentbased_traceidratio.',
    ],
    [{ OTEL_TRACES_SAMPLER_ARG: '1.5' }, 'OTEL_TRACES_SAMPLER_ARG: "1.5" is not a number from 0 to 1.'],
    [{ OTEL_TRACES_SAMPLER_ARG: '-1' }, 'OTEL_TRACES_SAMPLER_ARG: "-1" is not a number from 0 to 1.'],
    [{ OTEL_TRACES_EXPORTER: 'zipkin' }, 'OTEL_TRACES_EXPORTER: "zipkin" is not one of otlp, none.'],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'a=1,secret' }, 'OTEL_EXPORTER_OTLP_HEADERS: entry 2 is not name=value.'],
    [
      { OTEL_EXPORTER_OTLP_HEADERS: 'a=100%' },
      'OTEL_EXPORTER_OTLP_HEADERS: entry 1 has a "%" that begins no percent-encoded character: write it as %25.',
    ],
    [
      { OTEL_EXPORTER_OTLP_HEADERS: 'a=secret%0A' },
      'OTEL_EXPORTER_OTLP_HEADERS: has a name or a value that no HTTP header can have.',
    ],
    [{ OTEL_RESOURCE_ATTRIBUTES: '=x' }, 'OTEL_RESOURCE_ATTRIBUTES: entry 1 is not name=value.'],
    [
      { OTEL_EXPORTER_OTLP_CERTIFICATE: '/nowhere/ca.pem' },
      'OTEL_EXPORTER_OTLP_CERTIFICATE: the file /nowhere/ca.pem cannot be read: ENOENT: no such file or directory: there is no directory /nowhere.',
    ],
    [
      { OTEL_EXPORTER_OTLP_CLIENT_KEY: import.meta.filename },
      'OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: is missing: a client certificate needs both its certificate and its key.',
    ],
  ])('%o', (env, problem) => {
    expect(read({ ...endpoint, ...env }).problems).toEqual([problem]);
  });
});
