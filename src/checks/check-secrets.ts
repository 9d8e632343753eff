import { existsSync } from 'node:fs';
import { readSecrets } from '../config/secret-source.ts';
import type { WebhookConfig } from '../config/webhook-config.ts';
import type { CheckResult } from './check-result.ts';

const goodLength = 36;

/** How many secrets each registration has and how long they are; never what they are. */
export function checkSecrets(webhooks: readonly WebhookConfig[]): CheckResult[] {
  return webhooks.flatMap(({ name, secrets: source }): CheckResult[] => {
    if (source.kind === 'generated') {
      const state = existsSync(source.file) ? 'is there' : 'is made at the first start';
      return [
        {
          area: 'secrets',
          verdict: 'warning',
          text: `${name}: the secret for development ${state} (${source.file})`,
          advice:
            'For production set WEBHOOK_SECRETS_DIR to a directory with the secret of the registration.',
        },
      ];
    }
    const { secrets } = readSecrets(source);
    const list = secrets.map(({ label, value }) => `${label} (${value.length} characters)`).join(', ');
    const text = `${name}: ${secrets.length} ${secrets.length === 1 ? 'secret' : 'secrets'}: ${list}`;
    return secrets.some(({ value }) => value.length < goodLength)
      ? [
          {
            area: 'secrets',
            verdict: 'warning',
            text,
            advice: `The provider recommends ${goodLength} characters or more.`,
          },
        ]
      : [{ area: 'secrets', verdict: 'ok', text }];
  });
}
