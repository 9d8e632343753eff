import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/commands/load-config.ts';
import { loadFilterConfig } from '../../src/config/filter-config.ts';
import { loadReceiverConfig } from '../../src/config/receiver-config.ts';
import { knownVariables } from '../../src/config/unused-variables.ts';
import type { Env } from '../../src/runtime/config-error.ts';
import { temporaryDirectory, testSecret } from '../support/test-receiver.ts';

const read = (file: string) => readFileSync(new URL(`../../docs/local/${file}`, import.meta.url), 'utf8');
const given = { NODE_ENV: 'production', WEBHOOK_SECRET: testSecret };

/** Loads the configuration of a receiver as a production start does. */
function load(env: Env) {
  const { config, unused } = loadConfig(env, loadReceiverConfig);
  expect(unused).toEqual([]);
  expect(Object.keys(env).filter((name) => !knownVariables.has(name))).toEqual([]);
  return config;
}

const compose = parse(read('compose.yaml'), { merge: true });

describe('compose.yaml', () => {
  interface Service {
    readonly command: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
    readonly stop_grace_period?: string;
    readonly restart?: string;
  }
  const { services } = compose as { services: Record<string, Service> };

  test('gives the receiver a configuration that a start in production takes, and the time to stop', () => {
    const { environment, stop_grace_period } = services.receiver as Service;
    const config = load({ ...environment, ...given });
    expect(config.store.kind).toBe('kafka');
    expect(Number.parseInt(stop_grace_period ?? '', 10) * 1_000).toBeGreaterThan(config.shutdown.timeoutMs);
  });

  test('starts again what runs for long, the broker as well', () => {
    const restarts = Object.entries(services).map(([name, { restart }]) => [name, restart]);
    expect(Object.fromEntries(restarts)).toEqual({
      kafka: 'unless-stopped',
      topics: undefined,
      receiver: 'unless-stopped',
      filter: 'unless-stopped',
    });
  });

  test('gives the filter one, too', () => {
    const { environment, stop_grace_period } = services.filter as Service;
    const { config, unused } = loadConfig({ ...environment, NODE_ENV: 'production' }, loadFilterConfig);
    expect(unused).toEqual([]);
    expect(Number.parseInt(stop_grace_period ?? '', 10) * 1_000).toBeGreaterThan(config.shutdownTimeoutMs);
  });
});

describe('a line with docker run', () => {
  const page = read('README.md').replaceAll(/\\\n\s*/g, '');
  /** The command in the page's shell function `run`. Every other line calls this function with further arguments. */
  const [, run = ''] = /^run\(\) \{\n\s*(docker run .*) "\$@" /m.exec(page) ?? [];
  const lines = [...page.matchAll(/(?:^|&& )run (--.*)/gm)].map(([, args]) => `${run} ${args}`);
  const variablesOf = (line: string): Env =>
    Object.fromEntries([...line.matchAll(/--env (\w+)=(\S+)/g)].map(([, name, value]) => [name, value]));

  test.each(['journal', 'kafka', 'rabbitmq', 'redis'])('starts a receiver on %s', (kind) => {
    const configs = lines.map((line) => load({ ...variablesOf(line), ...given }));
    expect(configs.filter(({ store }) => store.kind === kind)).toHaveLength(1);
    expect(lines).toHaveLength(4);
  });

  test.each(lines)('confines the container as compose.yaml does: %s', (line) => {
    const { cap_drop: dropped, security_opt: options, read_only: isReadOnly } = compose['x-program'];
    expect([dropped, options, isReadOnly]).toEqual([['ALL'], ['no-new-privileges:true'], true]);
    expect(line).toContain(` --read-only --cap-drop ${dropped} --security-opt ${options} `);
  });

  test.each(lines)('leaves the time to stop: %s', (line) => {
    const seconds = Number(/--stop-timeout (\d+)/.exec(line)?.[1]);
    expect(seconds * 1_000).toBeGreaterThan(load({ ...variablesOf(line), ...given }).shutdown.timeoutMs);
  });
});

describe('comapi-webhook.service', () => {
  const settings = [...read('comapi-webhook.service').matchAll(/^(\w+)=(.*)$/gm)].map(
    ([, name = '', value = '']) => [name, value] as const,
  );
  const valuesOf = (name: string) => settings.flatMap(([each, value]) => (each === name ? [value] : []));

  /** Replaces systemd's specifiers by directories, and provides each credential as a file. */
  function startOfSystemd(): Env {
    const directory = temporaryDirectory();
    const credentials = join(directory, 'credentials');
    mkdirSync(credentials);
    for (const credential of valuesOf('LoadCredential')) {
      writeFileSync(join(credentials, credential.split(':', 1)[0] ?? ''), `${testSecret}\n`);
    }
    return Object.fromEntries(
      valuesOf('Environment').map((assignment) => {
        const [name = '', value = ''] = assignment.split('=');
        return [name, value.replace('%d', credentials).replace('%S', join(directory, 'state'))];
      }),
    );
  }

  test('gives a configuration that a start in production takes: the journal, and the secrets of systemd', () => {
    const { store, webhooks } = load(startOfSystemd());
    expect(store).toEqual({ kind: 'journal', dataDir: expect.stringMatching(/\/state\/comapi-webhook$/) });
    expect(webhooks[0]?.secrets).toMatchObject({ kind: 'directory' });
    expect(valuesOf('StateDirectory')).toEqual(['comapi-webhook']);
  });

  test('takes another store and the spool from the file beside it', () => {
    const { store, spool } = load({
      ...startOfSystemd(),
      KAFKA_BROKERS: 'b:9092',
      SPOOL_DIR: '/var/lib/comapi-webhook/spool',
    });
    expect([store.kind, spool?.directory]).toEqual(['kafka', '/var/lib/comapi-webhook/spool']);
  });

  test('leaves the time to stop, starts again after every end, but not with a wrong configuration', () => {
    const [seconds] = valuesOf('TimeoutStopSec');
    expect(Number(seconds) * 1_000).toBeGreaterThan(load(startOfSystemd()).shutdown.timeoutMs);
    expect(valuesOf('Restart')).toEqual(['always']);
    expect(valuesOf('RestartPreventExitStatus')).toEqual(['2']);
  });

  test('starts a file of the checkout', () => {
    const [, file = ''] =
      /\/opt\/comapi-webhook-receiver\/(\S+) receive$/.exec(valuesOf('ExecStart')[0] ?? '') ?? [];
    expect(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')).toContain('cli.ts');
  });
});

test('the unit keeps every line of the log', () => {
  expect(read('comapi-webhook.service')).toMatch(/^LogRateLimitIntervalSec=0$/m);
});
