import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { describeUnreadFile } from '../config/read-text-file.ts';
import { loadReceiverConfig } from '../config/receiver-config.ts';
import { readSecrets } from '../config/secret-source.ts';
import { UsageError } from '../runtime/errors.ts';
import { conclude, type Finding } from '../runtime/finding.ts';
import { explainSignature, isSignedWith } from '../webhook/explain/explain-signature.ts';
import type { OtherSecret } from '../webhook/explain/near-secrets.ts';
import { type SignatureCause, signatureAdvice } from '../webhook/explain/signature-cause.ts';
import { readSignatureForm } from '../webhook/explain/signature-form.ts';
import type { SecretProblem } from '../webhook/secret.ts';
import { type CommandIo, writeLine } from './command-io.ts';
import { describeUnknownWebhook, loadAndWarn } from './load-config.ts';
import { readValidSecrets, type SecretFlags } from './read-secret.ts';

interface VerifyFlags extends SecretFlags {
  readonly body: string;
  readonly signature: string;
  readonly webhook?: string;
}

interface KnownToCommand {
  /** Any of them may be the one. */
  readonly own: readonly OtherSecret[];
  /** The secrets of registrations that are not asked for. */
  readonly others: readonly OtherSecret[];
  /** Why some of their own cannot be used, a sentence each. */
  readonly unread: readonly string[];
}

const standardInput = 0;
/** In place of a registration's name. */
const givenByFlag = '';

export function createVerifyCommand(io: CommandIo): Command {
  return new Command('verify')
    .description('say whether a signature is that of a body, of which secret, and if not, why')
    .requiredOption('--body <file>', 'file with the body, byte for byte; - is standard input')
    .requiredOption('--signature <text>', 'the header with the signature, as it came')
    .option('--webhook <name>', 'of this registration only; by default any may have it')
    .option('--secret-file <file>', "file with the secret, instead of the receiver's secrets")
    .addHelpText(
      'after',
      `
Reads the same variables as the receiver, and no secret is shown. Exits with 0 when the signature is good, with 1 when it is
not, with 2 when that is not known, as a secret that may have made it cannot be read.

Examples:
  comapi-webhook verify --body body.json --signature f28a115c3ad4b31af27a82d5a89b0d54460f785a
  comapi-webhook verify --body - --signature sha256=1b2c… --secret-file secret < body.json`,
    )
    .action((flags: VerifyFlags) => {
      const finding = evaluateSignature(flags.signature, readBody(flags.body), readSecretsToTry(flags, io));
      const { text, code } = conclude(finding);
      writeLine(io.stdout, text);
      io.exit(code);
    });
}

function evaluateSignature(header: string, body: Buffer, { own, others, unread }: KnownToCommand): Finding {
  const form = readSignatureForm(header);
  if (form === undefined) {
    return fail(header === '' ? 'missing' : 'malformed');
  }
  const signature = { ...form, body };
  const signer = own.find(({ value }) => isSignedWith(value, signature));
  if (signer !== undefined) {
    const text = `it is of ${describe(signer)}`;
    return form.cause === undefined ? { answer: 'yes', text: `ok      ${text}` } : fail(form.cause, text);
  }
  if (form.cause !== undefined) {
    const which = unread.length === 0 ? 'the secrets' : 'the secrets that can be used';
    return fail(form.cause, `nor is it of any of ${which}`);
  }
  const explained = [...Map.groupBy(own, ({ webhook }) => webhook)].map(([webhook, secrets]) => ({
    webhook,
    ...explainSignature(signature, { own: secrets, removed: [], others }),
  }));
  const found = explained.find(({ secret }) => secret !== undefined) ?? explained[0];
  const { cause = 'mismatch', secret, ofWebhook, webhook = '' } = found ?? {};
  if (secret === undefined && unread.length > 0) {
    return { answer: 'not known', whether: 'a secret gives this signature', why: unread.join('; ') };
  }
  return secret === undefined
    ? fail(cause)
    : fail(cause, `it is of ${describe({ label: secret, webhook: ofWebhook ?? webhook })}`);
}

function fail(cause: SignatureCause, text?: string): Finding {
  const advice = signatureAdvice[cause];
  return { answer: 'no', text: `FAILED  ${cause}: ${advice}${text === undefined ? '' : ` (${text})`}` };
}

function describe({ label, webhook }: Pick<OtherSecret, 'label' | 'webhook'>): string {
  return webhook === givenByFlag ? `the secret ${label}` : `the secret ${label} of the webhook ${webhook}`;
}

function readBody(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? standardInput : file);
  } catch (error) {
    throw new UsageError(`--body: ${describeUnreadFile(file, error)}`, { cause: error });
  }
}

/** @throws {UsageError} */
function readSecretsToTry(flags: VerifyFlags, io: CommandIo): KnownToCommand {
  if (flags.secretFile !== undefined) {
    const own = readValidSecrets(flags, io.env).map((secret) => ({ ...secret, webhook: givenByFlag }));
    return { own, others: [], unread: [] };
  }
  const all = loadAndWarn(io, loadReceiverConfig).webhooks.map(({ name, secrets: source }) => {
    const { secrets, problems } = readSecrets(source);
    return { name, secrets: secrets.map((secret) => ({ ...secret, webhook: name })), problems };
  });
  const names = all.map(({ name }) => name);
  if (flags.webhook !== undefined && !names.includes(flags.webhook)) {
    throw new UsageError(describeUnknownWebhook(flags.webhook, names));
  }
  const isOwn = ({ name }: { readonly name: string }) =>
    flags.webhook === undefined || name === flags.webhook;
  const own = all.filter(isOwn).flatMap(({ secrets }) => secrets);
  const unread = toSentences(all.filter(isOwn).flatMap(({ problems }) => problems));
  if (own.length === 0) {
    const none = 'give --secret-file, or set WEBHOOK_SECRET or WEBHOOK_SECRETS_DIR';
    throw new UsageError(`no secret can be used: ${unread.length === 0 ? none : unread.join('; ')}`);
  }
  return { own, others: all.filter((each) => !isOwn(each)).flatMap(({ secrets }) => secrets), unread };
}

function toSentences(problems: readonly SecretProblem[]): readonly string[] {
  return problems.map(({ message }) => message);
}
