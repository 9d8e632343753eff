import { join } from 'node:path';
import * as v from 'valibot';
import type { ConfigProblem, Env } from './config-error.ts';
import { readOrReport } from './files.ts';
import { loadSecrets, type SecretSource } from './secret-source.ts';
import { patternVariable, readVariables, textVariable } from './variables.ts';

export interface WebhookConfig {
  readonly name: string;
  readonly path: string;
  readonly secrets: SecretSource;
  readonly topic: string;
  readonly deadLetterTopic: string;
}

export interface WebhookDefaults {
  readonly topic: string;
  readonly deadLetterTopic: string;
  /** Where a development start may keep a secret that it makes; `undefined` when it must not make one. */
  readonly generatedSecretDir?: string;
}

const pathPattern = /^(\/[A-Za-z0-9._~-]+)+$/;
const pathExpected = 'a path like /webhook (segments of letters, digits, ".", "_", "~", "-")';

const singleEntries = {
  WEBHOOK_PATH: patternVariable('/webhook', pathPattern, pathExpected),
  WEBHOOK_SECRET: textVariable(undefined),
  WEBHOOK_SECRET_PREVIOUS: textVariable(undefined),
  WEBHOOK_SECRETS_DIR: textVariable(undefined),
  WEBHOOKS_FILE: textVariable(undefined),
};

type SingleVariables = NonNullable<ReturnType<typeof readVariables<typeof singleEntries>>>;

const fileSchema = v.array(
  v.strictObject({
    name: v.pipe(
      v.string(),
      v.regex(/^[a-zA-Z0-9._-]{1,63}$/, 'is not 1 to 63 of letters, digits, ".", "_", "-"'),
    ),
    path: v.pipe(v.string(), v.regex(pathPattern, `is not ${pathExpected}`)),
    secret: v.optional(v.string()),
    secretsDir: v.optional(v.string()),
    topic: v.optional(v.string()),
    deadLetterTopic: v.optional(v.string()),
  }),
);

/** The registrations, one or many; problems are added for all that cannot work, unreadable secrets too. */
export function readWebhooksConfig(
  env: Env,
  defaults: WebhookDefaults,
  problems: ConfigProblem[],
): readonly WebhookConfig[] {
  const read = readVariables(singleEntries, env, problems);
  if (read === undefined) {
    return [];
  }
  if (read.WEBHOOKS_FILE !== undefined) {
    if (read.WEBHOOK_SECRET ?? read.WEBHOOK_SECRETS_DIR) {
      problems.push({
        variable: 'WEBHOOKS_FILE',
        message: 'is set together with WEBHOOK_SECRET or WEBHOOK_SECRETS_DIR: keep one of the two forms.',
      });
    }
    return readWebhooksFile(read.WEBHOOKS_FILE, defaults, problems);
  }
  const { topic, deadLetterTopic } = defaults;
  const secrets = readSingleSource(read, defaults, problems);
  return secrets === undefined
    ? []
    : [{ name: 'default', path: read.WEBHOOK_PATH, secrets, topic, deadLetterTopic }];
}

function readSingleSource(
  read: SingleVariables,
  { generatedSecretDir }: WebhookDefaults,
  problems: ConfigProblem[],
): SecretSource | undefined {
  const { WEBHOOK_SECRET: current, WEBHOOK_SECRET_PREVIOUS: previous, WEBHOOK_SECRETS_DIR: directory } = read;
  if (directory !== undefined) {
    if (current ?? previous) {
      problems.push({
        variable: 'WEBHOOK_SECRETS_DIR',
        message: 'is set together with WEBHOOK_SECRET: keep one of the two.',
      });
    }
    return checkSource('WEBHOOK_SECRETS_DIR', { kind: 'directory', directory }, problems);
  }
  if (current !== undefined) {
    const secrets = [
      { label: 'current', value: current },
      ...(previous === undefined ? [] : [{ label: 'previous', value: previous }]),
    ];
    return checkSource('WEBHOOK_SECRET', { kind: 'values', secrets }, problems);
  }
  if (generatedSecretDir !== undefined) {
    return { kind: 'generated', file: join(generatedSecretDir, 'secret') };
  }
  problems.push({
    variable: 'WEBHOOK_SECRETS_DIR',
    message:
      'is missing, and so is WEBHOOK_SECRET: without a secret nothing that arrives can be trusted. Set it to a directory that holds the secret of the registration as a file.',
  });
  return undefined;
}

function checkSource(variable: string, source: SecretSource, problems: ConfigProblem[]): SecretSource {
  try {
    loadSecrets(source);
  } catch (error) {
    problems.push({ variable, message: `${error instanceof Error ? error.message : String(error)}.` });
  }
  return source;
}

function readWebhooksFile(
  file: string,
  defaults: WebhookDefaults,
  problems: ConfigProblem[],
): readonly WebhookConfig[] {
  const report = (message: string) => problems.push({ variable: 'WEBHOOKS_FILE', message });
  const text = readOrReport('WEBHOOKS_FILE', file, problems);
  if (text === undefined) {
    return [];
  }
  const entries = parseWebhooksFile(text, report);
  if (entries.length === 0) {
    report('names no registration.');
  }
  for (const field of ['name', 'path'] as const) {
    const values = entries.map((entry) => entry[field]);
    for (const value of new Set(values.filter((each, index) => values.indexOf(each) !== index))) {
      report(`has two registrations with the ${field} "${value}".`);
    }
  }
  return entries.flatMap(({ name, path, secret, secretsDir, topic, deadLetterTopic }) => {
    if ((secret === undefined) === (secretsDir === undefined)) {
      report(`the registration "${name}" needs either "secretsDir" or "secret".`);
      return [];
    }
    const source: SecretSource =
      secretsDir === undefined
        ? { kind: 'values', secrets: [{ label: 'current', value: secret ?? '' }] }
        : { kind: 'directory', directory: secretsDir };
    return [
      {
        name,
        path,
        secrets: checkSource('WEBHOOKS_FILE', source, problems),
        topic: topic ?? defaults.topic,
        deadLetterTopic: deadLetterTopic ?? defaults.deadLetterTopic,
      },
    ];
  });
}

function parseWebhooksFile(
  text: string,
  report: (message: string) => void,
): v.InferOutput<typeof fileSchema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The parser's own message may quote the text, and the text may hold a secret.
    report('is not JSON.');
    return [];
  }
  const result = v.safeParse(fileSchema, json);
  if (result.success) {
    return result.output;
  }
  for (const issue of result.issues) {
    // valibot's own messages quote what was received; a misplaced secret must not be printed.
    const message = issue.type === 'regex' ? issue.message : `should be ${issue.expected ?? 'left out'}`;
    report(`${v.getDotPath(issue) ?? 'the file'} ${message}.`);
  }
  return [];
}
