import { existsSync } from 'node:fs';
import type { ReceiverConfig } from '../config/receiver-config.ts';
import { readSecrets } from '../config/secret-source.ts';
import type { WebhookConfig } from '../config/webhook-config.ts';
import type { CheckResult } from '../ports/check-result.ts';
import { formatCount } from '../runtime/format.ts';
import type { TopicRules } from '../webhook/topic-rules.ts';

type LabelledSetting = readonly [label: string, value: string];

/** Lists the effective settings, including defaults but excluding secrets. @param store the settings of the store */
export function describeConfiguration(
  config: ReceiverConfig,
  store: readonly LabelledSetting[],
): LabelledSetting[] {
  const { http, management, webhooks, recordRules, spool, shutdown, logLevel } = config;
  const scheme = http.tls === undefined ? 'http' : 'https';
  const recordHeaders = Object.keys(recordRules.recordHeaders);
  return [
    [
      'listens on',
      `${scheme}, ${http.host} port ${http.port}; management ${management.host} port ${management.port}`,
    ],
    ...(http.publicUrl === undefined ? [] : [['public URL', http.publicUrl] as const]),
    ...webhooks.flatMap(({ name, path, topics: { events, deadLetter, rules } }) => [
      [`webhook ${name}`, `${path} → ${events}, dead letters → ${deadLetter}`] as const,
      ...(rules === undefined ? [] : [[`topics of ${name}`, describeRules(rules)] as const]),
    ]),
    ...(recordHeaders.length === 0 ? [] : [['record headers', recordHeaders.join(', ')] as const]),
    [
      'limits',
      `body ${http.maxBodyBytes} bytes, ${http.maxInFlightRequests} requests and ${http.maxInFlightBytes} bytes in flight`,
    ],
    [
      'times',
      `response ${http.requestBudgetMs} ms, body ${http.bodyTimeoutMs} ms, shutdown ${shutdown.timeoutMs} ms`,
    ],
    ...store,
    ...(spool === undefined
      ? []
      : [['spool', `${spool.directory}, at most ${spool.maxBytes} bytes`] as const]),
    ['log level', logLevel],
  ];
}

function describeRules({ names, families }: TopicRules): string {
  return [
    ...[...names].map(([name, topic]) => `${name} → ${topic}`),
    ...[...families].map(([family, topic]) => `${family}.* → ${topic}`),
  ].join(', ');
}

/** Secret length, in characters, that the provider recommends. */
const recommendedSecretCharacters = 36;

const advice =
  'Fix or remove the secret. Until then, deliveries that are signed with it get a 503 (docs/runbooks/secret-unusable.md).';

/** Reports the number and the length of the secrets of each registration. The report never contains a secret. */
export function checkSecrets(webhooks: readonly WebhookConfig[]): CheckResult[] {
  return webhooks.flatMap(({ name, secrets: source }) => {
    if (source.kind === 'generated') {
      const text = existsSync(source.file)
        ? `${name}: uses the generated development secret in ${source.file}`
        : `${name}: the first start generates a development secret in ${source.file}`;
      return [
        {
          area: 'secrets',
          verdict: 'warning',
          text,
          advice:
            'For production, set WEBHOOK_SECRETS_DIR to a directory that holds the secret of the registration.',
        },
      ];
    }
    const { secrets, problems } = readSecrets(source);
    const secretsText = secrets.map(({ label, value }) => `${label} (${value.length} characters)`).join(', ');
    const text = `${name}: ${formatCount(secrets.length, 'secret')}: ${secretsText}`;
    const usableResult: CheckResult =
      secrets.length === 0
        ? { area: 'secrets', verdict: 'error', text: `${name}: has no usable secret`, advice }
        : secrets.every(({ value }) => value.length >= recommendedSecretCharacters)
          ? { area: 'secrets', verdict: 'ok', text }
          : {
              area: 'secrets',
              verdict: 'warning',
              text,
              advice: `The provider recommends at least ${recommendedSecretCharacters} characters.`,
            };
    const unusableSecrets = problems.map(
      ({ message }): CheckResult => ({
        area: 'secrets',
        verdict: 'error',
        text: `${name}: ${message}`,
        advice,
      }),
    );
    return [usableResult, ...unusableSecrets];
  });
}
