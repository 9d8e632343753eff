import type { MetricFactory, Tally } from '../runtime/metric-factory.ts';
import type { Outcome } from '../webhook/delivery.ts';
import { type SignatureCause, signatureCauses } from '../webhook/explain/signature-cause.ts';
import { SignatureHeaderRefusal } from '../webhook/refusal.ts';
import type { SecretWatch } from './secret-watch.ts';

export interface SignatureMetrics {
  /**
   * The signature of what is not the provider's is a result of its own: it must not hide that the provider's fail, or that a
   * secret is unused. One that is none of the secrets' is heard of by `observeCause`.
   */
  observe(outcome: Outcome, delivery: { readonly webhook: string }): void;
  /** Why a signature did not verify, when it is known: after the answer, if it took an examination. */
  observeCause(webhook: string, cause: SignatureCause): void;
  /** Starts a series for each usable secret before its first delivery, so that a secret which is never used shows. */
  watch(secrets: Pick<SecretWatch, 'current'>): void;
}

/** Which secrets verify deliveries, and why signatures do not verify. */
export function createSignatureMetrics(
  { counter }: MetricFactory,
  webhooks: readonly string[],
): SignatureMetrics {
  let startSeries = (): void => {};
  const verifications = counter(
    'signature_verifications_total',
    'Good signatures by the secret that verified the body; result is own for what this product has sent.',
    ['webhook', 'secret', 'result'],
    () => startSeries(),
  );
  const failures = counter(
    'signature_failures_total',
    'Deliveries answered 401 by what is wrong with the signature (docs/runbooks/signature-failures.md). Causes that begin with secret_ or body_ are proven: no stranger can make them.',
    ['webhook', 'cause'],
  );
  const good = new Map<string, Map<string, Tally>>();
  for (const webhook of webhooks) {
    for (const cause of signatureCauses) {
      failures.inc({ webhook, cause }, 0);
    }
  }

  /** The tally of the secret's good signatures; the series starts with it. */
  function tallyOf(webhook: string, secret: string): Tally {
    const tallies = good.get(webhook);
    const known = tallies?.get(secret);
    if (known !== undefined) {
      return known;
    }
    const tally = verifications.tally({ webhook, secret, result: 'ok' });
    good.set(webhook, new Map(tallies).set(secret, tally));
    return tally;
  }

  return {
    observe({ secret, cause, own }, { webhook }) {
      if (cause instanceof SignatureHeaderRefusal) {
        failures.inc({ webhook, cause: cause.reason });
      } else if (secret !== undefined && own !== undefined) {
        verifications.inc({ webhook, secret, result: 'own' });
      } else if (secret !== undefined) {
        tallyOf(webhook, secret).add(1);
      }
    },
    observeCause: (webhook, cause) => failures.inc({ webhook, cause }),
    watch(watched) {
      startSeries = () => {
        for (const { webhook, known } of watched.current()) {
          for (const { label } of known.secrets) {
            tallyOf(webhook, label);
          }
        }
      };
    },
  };
}
