import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadConfig, logUnusedVariables } from '../../src/commands/load-config.ts';
import { loadReceiverConfig } from '../../src/config/receiver-config.ts';
import { ConfigError, type ConfigProblem, type Env } from '../../src/runtime/config-error.ts';
import { captureLog } from '../support/captured-log.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

describe('load config', () => {
  const base: Env = { WEBHOOK_SECRET: 'a secret of enough characters', DATA_DIR: '/srv' };

  /**
   * Loads the configuration from an environment.
   * @returns the problems that prevent the start or, if there are none, the warnings
   */
  function start(env: Env): { readonly isRefused: boolean; readonly said: readonly ConfigProblem[] } {
    try {
      return { isRefused: false, said: loadConfig(env, loadReceiverConfig).unused };
    } catch (error) {
      if (error instanceof ConfigError) {
        return { isRefused: true, said: error.problems };
      }
      throw error;
    }
  }

  function misspell(name: string): string[] {
    const letters = name.split('');
    const variants = letters.flatMap((letter, index) => {
      const before = name.slice(0, index);
      const after = name.slice(index + 1);
      const swapped = after === '' ? [] : [`${before}${after[0]}${letter}${after.slice(1)}`];
      return [`${before}${after}`, ...swapped, `${before}${letter}${letter}${after}`];
    });
    return [...new Set(variants)].filter((variant) => variant !== name);
  }

  /** Variables in the first column of all tables that list variables. */
  const documented = ['configuration.md', 'revision-filter.md', 'commands.md'].flatMap((page) => {
    const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
    return [...text.matchAll(/^\| variable .*\n((?:\|.*\n)+)/gm)].flatMap(([, rows = '']) =>
      [...rows.matchAll(/^\|([^|]*)\|/gm)].flatMap(([, cell = '']) =>
        [...cell.matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, name = '']) => name),
      ),
    );
  });

  test('finds the documented variables', () => {
    expect(documented.length).toBeGreaterThan(60);
    expect(documented).toEqual(expect.arrayContaining(['KAFKA_BROKERS', 'FILTER_WINDOW', 'COMAPI_API_URL']));
  });

  test.each([...new Set(documented)])(
    '%s is meant, whatever letter is missing, swapped or doubled',
    (name) => {
      const spellings = misspell(name);
      expect(spellings.length).toBeGreaterThan(2 * name.length);
      const answers = spellings.map((spelling) => {
        const { isRefused, said } = start({ ...base, NODE_ENV: 'production', [spelling]: '1' });
        return { isRefused, message: said.find(({ variable }) => variable === spelling)?.message };
      });
      // A variable that is similar to PORT causes only a warning, because many programs have variables with similar
      // names.
      const expected = { isRefused: name !== 'PORT', message: `unknown variable. Did you mean ${name}?` };
      expect(answers).toEqual(spellings.map(() => expected));
    },
  );

  const units = ['', '_MS', '_SECONDS', '_BYTES'];

  test.each([...new Set(documented)].filter((name) => /_(MS|BYTES)$|WINDOW$/.test(name)))(
    '%s is meant without its unit, and with another one',
    (name) => {
      const spellings = units
        .map((unit) => name.replace(/_(MS|BYTES)$/, '') + unit)
        .filter((spelling) => spelling !== name);
      for (const spelling of spellings) {
        const { isRefused, said } = start({ ...base, NODE_ENV: 'production', [spelling]: '5' });
        const message = said.find(({ variable }) => variable === spelling)?.message;
        expect([spelling, isRefused, message]).toEqual([
          spelling,
          true,
          `unknown variable. Did you mean ${name}?`,
        ]);
      }
    },
  );

  describe('in production', () => {
    const production = { ...base, NODE_ENV: 'production' };
    const secrets = temporaryDirectory(afterAll);
    writeFileSync(join(secrets, 'current'), base.WEBHOOK_SECRET ?? '');

    test.each<[Env, string, string]>([
      [{ KAFKA_BROKER: 'a:1' }, 'KAFKA_BROKER', 'Did you mean KAFKA_BROKERS?'],
      [{ KAFKA_BROKERS: 'a:1', KAFKA_SECURITY_PROTOCOL: 'SASL_SSL' }, 'KAFKA_SECURITY_PROTOCOL', 'remove it'],
      [{ REDIS_URL: 'redis://h', KAFKA_TOPIC: 't' }, 'KAFKA_TOPIC', 'is for Kafka, but the store is Redis'],
      [
        { REDIS_REPLICAS: '2' },
        'REDIS_REPLICAS',
        'no store is configured, so events go to the journal: set REDIS_URL',
      ],
      [{ KAFKA_TLS: 'true' }, 'KAFKA_TLS', 'set KAFKA_BROKERS, or remove it.'],
      [
        { STORE_TLS_CA_FILE: '/ca' },
        'STORE_TLS_CA_FILE',
        'is for a server, but no store is configured, so events go to the journal: set KAFKA_BROKERS, or remove it.',
      ],
      [
        { KAFKA_BROKERS: 'a:1', SPOOL_MAX_BYTES: '99999999' },
        'SPOOL_MAX_BYTES',
        'has no effect without SPOOL_DIR: set SPOOL_DIR as well, or remove this variable.',
      ],
      [{ FILTER_GROUP_ID: 'a' }, 'FILTER_GROUP_ID', 'has no effect without KAFKA_BROKERS'],
      [
        { WEBHOOK_SECRET: '', WEBHOOK_SECRETS_DIR: secrets, WEBHOOK_SECRET_PREVIOUS: 'a' },
        'WEBHOOK_SECRET_PREVIOUS',
        'has no effect without WEBHOOK_SECRET',
      ],
    ])('%j keeps it from starting', (env, variable, message) => {
      const { isRefused, said } = start({ ...production, ...env });
      expect(isRefused).toBe(true);
      expect(said).toMatchObject([{ variable, message: expect.stringContaining(message) }]);
    });

    test.each<[Env]>([
      [{ KAFKA_BROKERS: 'a:1', KAFKA_PORT: 'tcp://10.0.0.1:9092', KAFKA_SERVICE_HOST: '10.0.0.1' }],
      [{ KAFKA_TOPIC: 'mine', TOPIC_RULES: 'chat.*=chats' }],
      [{ REDIS_URL: 'redis://h', REDIS_TLS_URL: 'rediss://h:6380', KAFKA_TRUSTED_CERT: 'PEM' }],
      [{ RABBITMQ_URL: 'amqp://h', CLOUDAMQP_URL: 'amqp://h', KAFKA_URL: 'kafka://a:1', KAFKA_PREFIX: 'a.' }],
      [{ KAFKA_BROKERS: 'a:1', FILTER_GROUP_ID: 'a', COMAPI_API_REGION: 'r2', SPOOL_MAX_BYTES: '' }],
      [{ KAFKA_URL: 'kafka://a:1', FILTER_GROUP_ID: 'a', SPOOL_DIR: '/a', SPOOL_MAX_BYTES: '99999999' }],
      [{ KAFKA_BROKERS: 'a:1', KAFKA_BROKER: '' }],
      [
        {
          HTTP_PROXY: 'http://p',
          SSL_CERT_FILE: '/a',
          AWS_ACCESS_KEY_ID: 'a',
          TLS_CIPHERS: 'b',
          LOG_COLOR: 'c',
        },
      ],
      [{ KAFKA_BROKERS: 'a:1', KAFKA_UI_PORT: '1', REDIS_X: '2', IGNORED_VARIABLES: 'KAFKA_UI_*, REDIS_X' }],
    ])('%j is nothing to speak of', (env) => {
      expect(start({ ...production, ...env })).toEqual({ isRefused: false, said: [] });
    });

    test('names what is mistyped before what is missing', () => {
      const { said } = start({ NODE_ENV: 'production', WEBHOOK_SECRETS: 'a secret', DATA_DIR: '/srv' });
      expect(said.map(({ variable }) => variable)).toEqual(['WEBHOOK_SECRETS', 'WEBHOOK_SECRETS_DIR']);
    });
  });

  describe('in development', () => {
    test('a shell may have variables of others: they are said, and it starts', () => {
      const { isRefused, said } = start({ ...base, KAFKA_BROKER: 'a:1', REDIS_HOST: 'h' });
      expect(isRefused).toBe(false);
      expect(said.map(({ variable }) => variable)).toEqual(['KAFKA_BROKER', 'REDIS_HOST']);
    });

    test('topics of Kafka on a journal that nobody chose are said', () => {
      expect(start({ KAFKA_TOPIC: 'mine' }).said).toMatchObject([
        { variable: 'KAFKA_TOPIC', message: expect.stringContaining('set KAFKA_BROKERS, or DATA_DIR') },
      ]);
    });

    test('a previous secret beside one that is made for development is said', () => {
      const { isRefused, said } = start({ WEBHOOK_SECRET_PREVIOUS: 'a secret of enough characters' });
      expect([isRefused, said.map(({ variable }) => variable)]).toEqual([false, ['WEBHOOK_SECRET_PREVIOUS']]);
    });

    test('a start that fails for another reason says them too', () => {
      const { said } = start({ ...base, REDIS_HOST: 'h', HTTP_PORT: 'x' });
      expect(said.map(({ variable }) => variable)).toEqual(['REDIS_HOST', 'HTTP_PORT']);
    });
  });
});

describe('warn of unused', () => {
  test.each([['replay'], ['topics'], ['register', '--list-events']])(
    '%s in production does nothing with a name that nothing reads',
    async (...args) => {
      const env = { NODE_ENV: 'production', DATA_DIR: temporaryDirectory(), COMAPI_API_REGIO: 'r2' };
      const { code, stderr } = await runCommand(args, env);
      expect(code).toBe(2);
      expect(stderr).toContain('COMAPI_API_REGIO: unknown variable. Did you mean COMAPI_API_REGION?');
    },
  );

  test('a command elsewhere warns of it on standard error, and goes on', async () => {
    const env = { DATA_DIR: temporaryDirectory(), KAFKA_BROKER: 'kafka:9092' };
    mkdirSync(join(env.DATA_DIR, 'journal'));
    const { code, stderr } = await runCommand(['replay', '--dry-run'], env);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^warning: KAFKA_BROKER: unknown variable\. Did you mean KAFKA_BROKERS\? With NODE_ENV=production, this is an error\.$/m,
    );
  });

  test('a process logs a line for each', () => {
    const { logger, lines } = captureLog();
    const message = 'unknown variable.';
    logUnusedVariables(logger, [
      { variable: 'POORT', message, isSure: false },
      { variable: 'KAFKA_TOPC', message, isSure: true },
    ]);
    expect(lines).toMatchObject([
      { level: 'warn', variable: 'POORT', msg: 'POORT: unknown variable.' },
      { msg: 'KAFKA_TOPC: unknown variable. With NODE_ENV=production, this is an error.' },
    ]);
  });
});
