import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { postWebhook } from '../provider/post-webhook.ts';
import { createSampleEvent } from '../provider/sample-event.ts';
import { exitCodes } from '../runtime/run-process.ts';
import type { CommandIo } from './command-io.ts';

interface SendOptions {
  readonly url: URL;
  readonly secretFile?: string;
  readonly batch?: number;
  readonly name: string;
  readonly signatureHeader: string;
}

/** The provider gives up after 10 s. */
const timeoutMs = 10_000;

export function createSendCommand(io: CommandIo): Command {
  return new Command('send')
    .description('sign and post test events as the provider does; prints the status and the answer')
    .option('--url <url>', 'webhook to post to', parseUrl, new URL('http://localhost:8080/webhook'))
    .option('--secret-file <file>', 'file with the secret; without it WEBHOOK_SECRET is used')
    .option(
      '--batch <events>',
      'send an array of this many events (1 to 500) instead of a single event',
      parseBatch,
    )
    .option('--name <name>', 'event name', 'message.delivered')
    .option('--signature-header <name>', 'header that carries the signature', 'x-comapi-signature')
    .addHelpText(
      'after',
      `
Examples:
  comapi-webhook send --secret-file data/secret
  comapi-webhook send --url https://hooks.example.com/webhook --batch 100`,
    )
    .action(async (options: SendOptions, command: Command) => {
      const secret = readSecret(options, io, command);
      const events = Array.from({ length: options.batch ?? 1 }, () =>
        createSampleEvent({ name: options.name }),
      );
      const body = Buffer.from(JSON.stringify(options.batch === undefined ? events[0] : events));
      const { url, signatureHeader } = options;
      const answer = await postWebhook({ url, body, secret, signatureHeader, timeoutMs });
      io.stdout.write(`${answer.status} ${answer.text}\n`);
      io.exit(answer.status >= 200 && answer.status < 300 ? exitCodes.done : exitCodes.failed);
    });
}

function readSecret({ secretFile }: SendOptions, io: CommandIo, command: Command): string {
  if (secretFile === undefined) {
    return (
      io.env.WEBHOOK_SECRET ?? command.error('error: no secret: give --secret-file or set WEBHOOK_SECRET')
    );
  }
  try {
    return readFileSync(secretFile, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    return command.error(
      `error: the secret file cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new InvalidArgumentError('Give an http:// or https:// URL.');
  }
  return url;
}

function parseBatch(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 500) {
    throw new InvalidArgumentError('Give a whole number from 1 to 500.');
  }
  return value;
}
