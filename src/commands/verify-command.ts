import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { describeUnreadFile } from '../config/read-text-file.ts';
import { loadReceiverConfig } from '../config/receiver-config.ts';
import { readSecrets } from '../config/secret-source.ts';
import { UsageError } from '../runtime/errors.ts';
import { type Finding, toConclusion } from '../runtime/finding.ts';
import { explainSignature, isSignedWith } from '../webhook/explain/explain-signature.ts';
import { type SignatureCause, signatureAdvice } from '../webhook/explain/signature-cause.ts';
import { parseSignatureHeader } from '../webhook/explain/signature-header.ts';
import type { OtherWebhookSecret } from '../webhook/explain/similar-secrets.ts';
import { type CommandIo, writeLine } from './command-io.ts';
import { describeUnknownWebhook, loadConfigWithWarnings } from './load-config.ts';
import { readValidSecrets, type SecretFlags } from './read-secret.ts';

interface VerifyFlags extends SecretFlags {
  readonly body: string;
  readonly signature: string;
  readonly webhook?: string;
}

interface SecretsByWebhook {
  /** Secrets that the sender may have used for the signature. */
  readonly own: readonly OtherWebhookSecret[];
  /** Secrets of the registrations that `--webhook` excludes. */
  readonly others: readonly OtherWebhookSecret[];
  /** Reasons why some of the registrations' secrets are unusable. */
  readonly unusable: readonly string[];
}

const standardInput = 0;
/** Stands for the registration name if the secret comes from `--secret-file`. */
const unnamedWebhook = '';

export function createVerifyCommand(io: CommandIo): Command {
  return new Command('verify')
    .description('check the signature of a webhook body, and explain why an invalid signature does not match')
    .requiredOption('--body <file>', 'read the exact bytes of the body from this file; - is standard input')
    .requiredOption('--signature <text>', 'value of the signature header, exactly as received')
    .option('--webhook <name>', 'try only the secrets of this registration (default: all registrations)')
    .option('--secret-file <file>', "read the secret from this file, instead of using the receiver's secrets")
    .addHelpText(
      'after',
      `
Reads the same variables as the receiver. Never prints a secret. Exits with 0 if the signature is valid, and with 1 if it is
not. Exits with 2 if the answer is unknown, because a secret that might match cannot be read.

Examples:
  comapi-webhook verify --body body.json --signature f28a115c3ad4b31af27a82d5a89b0d54460f785a
  comapi-webhook verify --body - --signature sha256=1b2c… --secret-file secret < body.json`,
    )
    .action((flags: VerifyFlags) => {
      const finding = evaluateSignature(
        flags.signature,
        readBody(flags.body),
        readSecretsByWebhook(flags, io),
      );
      const { text, code } = toConclusion(finding);
      writeLine(io.stdout, text);
      io.exit(code);
    });
}

function evaluateSignature(
  header: string,
  body: Buffer,
  { own, others, unusable }: SecretsByWebhook,
): Finding {
  const parsedHeader = parseSignatureHeader(header);
  if (parsedHeader === undefined) {
    return createSignatureFinding(header === '' ? 'missing' : 'malformed');
  }
  const signature = { ...parsedHeader, body };
  const matchingSecret = own.find(({ value }) => isSignedWith(value, signature));
  if (matchingSecret !== undefined) {
    const text = `The signature matches ${describeSecret(matchingSecret)}.`;
    return parsedHeader.cause === undefined
      ? { answer: 'yes', text: `ok      ${text}` }
      : createSignatureFinding(parsedHeader.cause, text);
  }
  if (parsedHeader.cause !== undefined) {
    return createSignatureFinding(
      parsedHeader.cause,
      unusable.length === 0
        ? 'The signature matches none of the secrets.'
        : 'The signature matches none of the usable secrets.',
    );
  }
  const explanations = [...Map.groupBy(own, ({ webhook }) => webhook)].map(([webhook, secrets]) => ({
    webhook,
    ...explainSignature(signature, { own: secrets, removed: [], others }),
  }));
  const bestExplanation = explanations.find(({ secret }) => secret !== undefined) ?? explanations[0];
  const { cause = 'mismatch', secret, ofWebhook, webhook = '' } = bestExplanation ?? {};
  if (secret === undefined && unusable.length > 0) {
    const text = `Cannot tell whether the signature is valid: it matches none of the usable secrets, but ${unusable.join('; ')}.`;
    return { answer: 'not known', text };
  }
  return secret === undefined
    ? createSignatureFinding(cause)
    : createSignatureFinding(
        cause,
        `The sender used ${describeSecret({ label: secret, webhook: ofWebhook ?? webhook })}.`,
      );
}

/** @param text one more sentence about the signature */
function createSignatureFinding(cause: SignatureCause, text?: string): Finding {
  const sentences = [signatureAdvice[cause], ...(text === undefined ? [] : [text])];
  return { answer: 'no', text: `FAILED  ${cause}: ${sentences.join(' ')}` };
}

function describeSecret({ label, webhook }: Pick<OtherWebhookSecret, 'label' | 'webhook'>): string {
  return webhook === unnamedWebhook
    ? `the secret of ${label}`
    : `the secret "${label}" of the webhook "${webhook}"`;
}

function readBody(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? standardInput : file);
  } catch (error) {
    throw new UsageError(`--body: ${describeUnreadFile(file, error)}`, { cause: error });
  }
}

/** @throws {UsageError} */
function readSecretsByWebhook(flags: VerifyFlags, io: CommandIo): SecretsByWebhook {
  if (flags.secretFile !== undefined) {
    const own = readValidSecrets(flags, io.env).map((secret) => ({ ...secret, webhook: unnamedWebhook }));
    return { own, others: [], unusable: [] };
  }
  const all = loadConfigWithWarnings(io, loadReceiverConfig).webhooks.map(({ name, secrets: source }) => {
    const { secrets, problems } = readSecrets(source);
    return { name, secrets: secrets.map((secret) => ({ ...secret, webhook: name })), problems };
  });
  const names = all.map(({ name }) => name);
  if (flags.webhook !== undefined && !names.includes(flags.webhook)) {
    throw new UsageError(describeUnknownWebhook(flags.webhook, names));
  }
  const isOwnWebhook = ({ name }: { readonly name: string }) =>
    flags.webhook === undefined || name === flags.webhook;
  const own = all.filter(isOwnWebhook).flatMap(({ secrets }) => secrets);
  const problemMessages = all
    .filter(isOwnWebhook)
    .flatMap(({ problems }) => problems.map(({ message }) => message));
  if (own.length === 0) {
    throw new UsageError(
      problemMessages.length === 0
        ? 'no secret is configured: give --secret-file, or set WEBHOOK_SECRET or WEBHOOK_SECRETS_DIR'
        : `no secret is usable: ${problemMessages.join('; ')}`,
    );
  }
  return {
    own,
    others: all.filter((each) => !isOwnWebhook(each)).flatMap(({ secrets }) => secrets),
    unusable: problemMessages,
  };
}
