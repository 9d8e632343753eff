import { Counter, type Registry } from 'prom-client';
import type { Outcome } from '../webhook/delivery.ts';
import { SignatureRefusal, signatureFaults } from '../webhook/signature-refusal.ts';
import type { SecretWatch } from './secret-watch.ts';

const prefix = 'comapi_webhook_';

export interface SignatureMetrics {
  observe(outcome: Outcome, webhook: string): void;
  /** Gives each secret that can be used a series before its first delivery, so that one which is never used is seen. */
  watch(secrets: SecretWatch): void;
}

/** Which secrets verify deliveries, and why signatures do not verify. */
export function createSignatureMetrics(registry: Registry, webhooks: readonly string[]): SignatureMetrics {
  const registers = [registry];
  let startSeries = (): void => {};
  const verifications = new Counter({
    name: `${prefix}signature_verifications_total`,
    help: 'Signature checks by result, and which secret verified the body.',
    labelNames: ['webhook', 'secret', 'result'],
    registers,
    collect: () => startSeries(),
  });
  const failures = new Counter({
    name: `${prefix}signature_failures_total`,
    help: 'Deliveries answered 401 by what is wrong with the signature: missing, malformed (not 40 hexadecimal digits) or mismatch (no secret gives it).',
    labelNames: ['webhook', 'cause'],
    registers,
  });
  for (const webhook of webhooks) {
    for (const result of ['no_signature', 'bad_signature']) {
      verifications.inc({ webhook, secret: 'none', result }, 0);
    }
    for (const cause of signatureFaults) {
      failures.inc({ webhook, cause }, 0);
    }
  }

  return {
    observe({ code, secret, cause }, webhook) {
      if (cause instanceof SignatureRefusal) {
        verifications.inc({ webhook, secret: 'none', result: code });
        failures.inc({ webhook, cause: cause.fault });
      } else if (secret !== undefined) {
        verifications.inc({ webhook, secret, result: 'ok' });
      }
    },
    watch(watched) {
      startSeries = () => {
        for (const { webhook, known } of watched.current()) {
          for (const { label } of known.secrets) {
            verifications.inc({ webhook, secret: label, result: 'ok' }, 0);
          }
        }
      };
    },
  };
}
