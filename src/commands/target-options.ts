import type { Command } from 'commander';
import { findWebhookUrl } from '../config/webhook-url.ts';
import type { Env } from '../runtime/config-error.ts';
import type { PostWebhookRequest } from '../tools/provider/post-webhook.ts';
import { createUrlParser } from './option-parsers.ts';
import { readSecret, type SecretFlags } from './read-secret.ts';

/** The options of a command that posts as the provider does, as Commander parses them. */
export interface TargetFlags extends SecretFlags {
  readonly url?: URL;
}

export function addTargetOptions(command: Command): Command {
  return command
    .option(
      '--url <url>',
      'URL of the webhook (default: HTTP_PORT and WEBHOOK_PATH on this machine)',
      createUrlParser('--url'),
    )
    .option(
      '--secret-file <file>',
      'read the secret from this file (default: WEBHOOK_SECRET or WEBHOOK_SECRETS_DIR)',
    );
}

/** @throws {UsageError} */
export function readTarget(flags: TargetFlags, env: Env): Omit<PostWebhookRequest, 'body'> {
  const { url = findWebhookUrl(env) } = flags;
  // The provider's own timeout is 10 s.
  return { url, secret: readSecret(flags, env), timeoutMs: 10_000 };
}
