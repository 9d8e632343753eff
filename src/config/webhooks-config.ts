import * as v from 'valibot';
import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { describeError } from '../runtime/errors.ts';
import { describeIssue } from './describe-issue.ts';
import { readFileOrReport } from './read-text-file.ts';
import type { SecretSource } from './secret-source.ts';
import {
  checkTopicName,
  deriveTopicNames,
  findSharedTopic,
  findTopicConflict,
  listTopics,
  type TopicNamesWithRules,
  toTopicRules,
} from './topic-names.ts';
import { listVariableNames, readVariables } from './variables.ts';
import {
  createSingleWebhook,
  requireUsableSecret,
  type WebhookConfig,
  type WebhookDefaults,
  webhookPath,
  webhookVariables,
} from './webhook-config.ts';

/**
 * Reads the registrations from WEBHOOKS_FILE, or a single registration from the environment. Reports a problem if no
 * registration has a usable secret.
 */
export function readWebhooksConfig(
  env: Env,
  defaults: WebhookDefaults,
  problems: ConfigProblem[],
): readonly WebhookConfig[] {
  const values = readVariables(webhookVariables, env, problems);
  if (values.file === undefined) {
    return createSingleWebhook(values, defaults, problems);
  }
  const otherVariable = listVariableNames(webhookVariables).find(
    (name) => name !== webhookVariables.file.name && env[name],
  );
  if (otherVariable !== undefined) {
    const message = `is set together with ${otherVariable}: use either WEBHOOKS_FILE or the variables of a single registration.`;
    problems.push({ variable: webhookVariables.file.name, message });
  }
  return readWebhooksFile(values.file, defaults, problems);
}

const webhooksFileSchema = v.array(
  v.strictObject({
    name: v.pipe(
      v.string(),
      v.regex(/^[a-zA-Z0-9._-]{1,63}$/, 'must have 1 to 63 characters: letters, digits, ".", "_" or "-"'),
    ),
    path: v.pipe(v.string(), v.regex(webhookPath.pattern, `is not ${webhookPath.expected}`)),
    secret: v.optional(v.string()),
    secretsDir: v.optional(v.string()),
    topic: v.optional(v.string()),
    deadLetterTopic: v.optional(v.string()),
    topicRules: v.optional(v.string()),
  }),
);

/** Reads several registrations from a JSON file. */
export function readWebhooksFile(
  file: string,
  defaults: WebhookDefaults,
  problems: ConfigProblem[],
): readonly WebhookConfig[] {
  const report = (message: string) => problems.push({ variable: 'WEBHOOKS_FILE', message });
  const entries = readWebhooksFileEntries(file, problems);
  if (entries?.length === 0) {
    report('contains no registration.');
  }
  if (entries === undefined) {
    return [];
  }
  for (const field of ['name', 'path'] as const) {
    const values = entries.map((entry) => entry[field]);
    for (const value of new Set(values.filter((each, index) => values.indexOf(each) !== index))) {
      report(`has two registrations with the ${field} "${value}".`);
    }
  }
  const topics = toWebhookTopics(entries, defaults.topics, report);
  const webhooks = entries.flatMap(({ name, path, secret, secretsDir }, index) => {
    if ((secret === undefined) === (secretsDir === undefined)) {
      report(`the registration "${name}" needs either "secretsDir" or "secret".`);
      return [];
    }
    const source: SecretSource =
      secretsDir === undefined
        ? { kind: 'values', secrets: [{ label: 'current', value: secret ?? '' }] }
        : { kind: 'directory', directory: secretsDir };
    return [{ name, path, secrets: source, topics: topics[index] ?? defaults.topics }];
  });
  if (webhooks.length > 0) {
    requireUsableSecret('WEBHOOKS_FILE', webhooks, problems);
  }
  return webhooks;
}

export interface WebhookTopics extends TopicNamesWithRules {
  /** The name of the registration. */
  readonly webhook: string;
}

/**
 * Reads the topics of each registration. Secrets are not read, because the command that creates topics has no access to them.
 */
export function readWebhookTopics(
  file: string,
  defaults: TopicNamesWithRules,
  problems: ConfigProblem[],
): readonly WebhookTopics[] {
  const report = (message: string) => problems.push({ variable: 'WEBHOOKS_FILE', message });
  return toWebhookTopics(readWebhooksFileEntries(file, problems) ?? [], defaults, report);
}

/** Determines the topics of each entry. Settings that an entry omits default to the environment's settings. */
function toWebhookTopics(
  entries: WebhooksFileEntries,
  defaults: TopicNamesWithRules,
  report: (message: string) => void,
): WebhookTopics[] {
  const topics = entries.map(({ name, topic, deadLetterTopic, topicRules }) => {
    const reportRegistrationProblem = (message: string) => report(`the registration "${name}": ${message}`);
    for (const own of [topic, deadLetterTopic]) {
      if (own !== undefined) {
        checkTopicName(own, reportRegistrationProblem);
      }
    }
    const configuredTopics = {
      events: topic ?? defaults.events,
      deadLetter: deadLetterTopic ?? (topic === undefined ? defaults.deadLetter : undefined),
      rules: topicRules === undefined ? defaults.rules : toTopicRules(topicRules, reportRegistrationProblem),
    };
    return { webhook: name, ...deriveTopicNames(configuredTopics, reportRegistrationProblem) };
  });
  const own = topics.flatMap(listTopics);
  const defaultTopics = listTopics(defaults);
  // When commands search for dead letters, they also search the topics that the environment defines.
  const conflict = findTopicConflict(own) ?? findSharedTopic([...own, ...defaultTopics]);
  if (conflict !== undefined && findTopicConflict(defaultTopics) === undefined) {
    report(`${conflict}.`);
  }
  return topics;
}

type WebhooksFileEntries = v.InferOutput<typeof webhooksFileSchema>;

function readWebhooksFileEntries(file: string, problems: ConfigProblem[]): WebhooksFileEntries | undefined {
  const report = (message: string) => problems.push({ variable: 'WEBHOOKS_FILE', message });
  const text = readFileOrReport('WEBHOOKS_FILE', file, problems);
  if (text === undefined) {
    return undefined;
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    // The JSON parser's message may quote the text, which may contain a secret. Only the error position is safe to
    // show.
    const [place = ''] = / \(line \d+ column \d+\)/.exec(describeError(error)) ?? [];
    report(`the file ${file} is not JSON${place}.`);
    return undefined;
  }
  const result = v.safeParse(webhooksFileSchema, json);
  if (result.success) {
    return result.output;
  }
  for (const issue of result.issues) {
    report(`${describeIssue(issue, Object.keys(webhooksFileSchema.item.entries))}.`);
  }
  return undefined;
}
