import { existsSync } from 'node:fs';
import { readSecrets } from '../config/secret-source.ts';
import type { WebhookConfig } from '../config/webhook-config.ts';
import type { CheckResult } from './check-result.ts';

/** The provider's recommendation. */
const recommendedLength = 36;

/** How many secrets each registration has, and how long they are. The secrets themselves are never shown. */
export function checkSecrets(webhooks: readonly WebhookConfig[]): CheckResult[] {
  return webhooks.map(({ name, secrets: source }) => {
    if (source.kind === 'generated') {
      const state = existsSync(source.file) ? 'is there' : 'is made at the first start';
      return {
        area: 'secrets',
        verdict: 'warning',
        text: `${name}: the secret for development ${state} (${source.file})`,
        advice: 'For production set WEBHOOK_SECRETS_DIR to a directory with the secret of the registration.',
      };
    }
    const { secrets } = readSecrets(source);
    const list = secrets.map(({ label, value }) => `${label} (${value.length} characters)`).join(', ');
    const text = `${name}: ${secrets.length} ${secrets.length === 1 ? 'secret' : 'secrets'}: ${list}`;
    return secrets.every(({ value }) => value.length >= recommendedLength)
      ? { area: 'secrets', verdict: 'ok', text }
      : {
          area: 'secrets',
          verdict: 'warning',
          text,
          advice: `The provider recommends ${recommendedLength} characters or more.`,
        };
  });
}
