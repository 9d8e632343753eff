import { ConfigError, type ConfigProblem, type Env } from '../runtime/config-error.ts';
import { httpVariables } from './http-config.ts';
import { wildcardAddresses } from './process-config.ts';
import { readTopicNames } from './topic-names.ts';
import { readVariables } from './variables.ts';
import { webhookVariables } from './webhook-config.ts';
import { readWebhooksFile } from './webhooks-config.ts';

/**
 * Builds the URL at which this machine reaches the receiver's webhook, from the receiver's variables.
 *
 * @throws {ConfigError} if the variables do not determine the URL
 */
export function findWebhookUrl(env: Env): URL {
  const problems: ConfigProblem[] = [];
  const { host, own, given, certFile } = readVariables(httpVariables, env, problems);
  const port = own ?? given;
  if (port === 0) {
    problems.push({
      variable: 'HTTP_PORT',
      message: 'is 0, which means any free port: use --url with the port from the log line "listening".',
    });
  }
  const path = findWebhookPath(env, problems);
  ConfigError.throwIfAny(problems);
  const name = wildcardAddresses.includes(host) ? 'localhost' : host;
  const scheme = certFile === undefined ? 'http' : 'https';
  return new URL(`${scheme}://${name.includes(':') ? `[${name}]` : name}:${port}${path}`);
}

function findWebhookPath(env: Env, problems: ConfigProblem[]): string {
  const { path, file } = readVariables(webhookVariables, env, problems);
  if (file === undefined) {
    return path;
  }
  const paths = readWebhooksFile(file, { topics: readTopicNames(env, problems) }, problems).map(
    (webhook) => webhook.path,
  );
  if (paths.length > 1) {
    problems.push({
      variable: 'WEBHOOKS_FILE',
      message: `has several paths: use --url with one of ${paths.join(', ')}.`,
    });
  }
  return paths[0] ?? path;
}
