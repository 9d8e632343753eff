import type { CounterTally, MetricFactory } from '../runtime/metric-factory.ts';
import type { Outcome } from '../webhook/delivery.ts';
import { type SignatureCause, signatureCauses } from '../webhook/explain/signature-cause.ts';
import { SignatureHeaderRefusal } from '../webhook/refusal.ts';
import type { SecretWatch } from './secret-watch.ts';

export interface SignatureMetrics {
  /**
   * Counts a delivery by its signature. Test events have a separate result, so that they hide neither invalid
   * signatures of the provider nor a secret that the provider does not use. Signatures that match no secret are counted
   * by `observeCause`.
   */
  observe(outcome: Outcome, delivery: { readonly webhook: string }): void;
  /**
   * Counts the cause of an invalid signature. If determining the cause requires an examination, this method is called
   * after the response.
   */
  observeCause(webhook: string, cause: SignatureCause): void;
  /** Creates a series for each usable secret before its first delivery, so that an unused secret is visible. */
  watch(secrets: Pick<SecretWatch, 'current'>): void;
}

/** Creates the metrics of valid signatures by secret, and of invalid ones by cause. */
export function createSignatureMetrics(
  { counter }: MetricFactory,
  webhooks: readonly string[],
): SignatureMetrics {
  let initializeSeries = (): void => {};
  const verifications = counter(
    'signature_verifications_total',
    'Valid signatures, by the secret that verified the body. The result is own for test events that this product sends.',
    ['webhook', 'secret', 'result'],
    () => initializeSeries(),
  );
  const failures = counter(
    'signature_failures_total',
    'Deliveries that got a 401, by the cause of the invalid signature (docs/runbooks/signature-failures.md). Only a sender that knows a secret can produce a cause that begins with secret_ or body_.',
    ['webhook', 'cause'],
  );
  const successfulVerifications = new Map<string, Map<string, CounterTally>>();
  for (const webhook of webhooks) {
    for (const cause of signatureCauses) {
      failures.inc({ webhook, cause }, 0);
    }
  }

  /** Returns the tally of the secret's valid signatures, and creates it if necessary. */
  function findTally(webhook: string, secret: string): CounterTally {
    const talliesBySecret = successfulVerifications.get(webhook);
    const existingTally = talliesBySecret?.get(secret);
    if (existingTally !== undefined) {
      return existingTally;
    }
    const tally = verifications.tally({ webhook, secret, result: 'ok' });
    successfulVerifications.set(webhook, new Map(talliesBySecret).set(secret, tally));
    return tally;
  }

  return {
    observe({ secret, cause, own }, { webhook }) {
      if (cause instanceof SignatureHeaderRefusal) {
        failures.inc({ webhook, cause: cause.reason });
      } else if (secret !== undefined && own !== undefined) {
        verifications.inc({ webhook, secret, result: 'own' });
      } else if (secret !== undefined) {
        findTally(webhook, secret).add(1);
      }
    },
    observeCause: (webhook, cause) => failures.inc({ webhook, cause }),
    watch(watched) {
      initializeSeries = () => {
        for (const { webhook, known } of watched.current()) {
          for (const { label } of known.secrets) {
            findTally(webhook, label);
          }
        }
      };
    },
  };
}
