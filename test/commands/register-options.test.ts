import { Command } from 'commander';
import { expect, test } from 'vitest';
import {
  addSettingOptions,
  checkRegisterOptions,
  type RegisterOptions,
  readSettings,
} from '../../src/commands/register-options.ts';

function parse(...args: readonly string[]) {
  const command = addSettingOptions(new Command('register').option('--webhook <name>'))
    .option('--delete')
    .option('--list-events')
    .parse(['node', 'register', ...args]);
  return { command, options: command.opts<RegisterOptions>() };
}

test.each([
  [[], {}],
  [['--url', 'https://a.example'], { url: 'https://a.example/' }],
  [['--event', 'a:b=c'], { subscriptions: [{ type: 'a', filters: [{ name: 'b', value: 'c' }] }] }],
  [['--batch-size', '5'], { batch: true, maxBatchSize: 5 }],
  [['--batch-timeout', '2'], { batch: true, batchTimeout: 2 }],
])('%j sets %j and nothing else', (args, settings) => {
  const { options } = parse('--webhook', 'crm', ...args);
  expect(readSettings(options)).toEqual(settings);
});

test.each([
  [['--webhook', 'a', '--delete', '--list-events'], '--delete and --list-events cannot be combined'],
  [[], 'the name of the registration is missing: give --webhook'],
  [['--webhook', 'a', '--delete', '--url', 'https://a.example'], '--url cannot be combined with --delete'],
  [['--list-events', '--batch-size', '5'], '--batch-size cannot be combined with --list-events'],
])('%j is refused', (args, message) => {
  const { options, command } = parse(...args);
  expect(() => checkRegisterOptions(options, command)).toThrow(message);
});
