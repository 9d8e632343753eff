import type { Command } from 'commander';
import { findWebhookUrl } from '../config/webhook-url.ts';
import type { Env } from '../runtime/config-error.ts';
import type { PostWebhookRequest } from '../tools/provider/post-webhook.ts';
import { createUrlParser } from './option-parsers.ts';
import { readSecret, type SecretFlags } from './read-secret.ts';

/** Where a command posts as the provider does, as commander gives it. */
export interface TargetFlags extends SecretFlags {
  readonly url?: URL;
}

export function addTargetOptions(command: Command): Command {
  return command
    .option(
      '--url <url>',
      'webhook to post to (default: that of HTTP_PORT and WEBHOOK_PATH on this machine)',
      createUrlParser('--url'),
    )
    .option(
      '--secret-file <file>',
      'file with the secret; without it WEBHOOK_SECRET or WEBHOOK_SECRETS_DIR is used',
    );
}

/** @throws {UsageError} */
export function readTarget(flags: TargetFlags, env: Env): Omit<PostWebhookRequest, 'body'> {
  const { url = findWebhookUrl(env) } = flags;
  // The provider gives up after 10 s.
  return { url, secret: readSecret(flags, env), timeoutMs: 10_000 };
}
