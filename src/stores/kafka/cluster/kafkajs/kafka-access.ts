import type { KafkaConnectionConfig } from '../../../../config/kafka-config.ts';
import type { KafkaPasswordConfig } from '../../../../config/kafka-sasl-config.ts';
import type { TokenSource } from './oauth/oauth-token.ts';
import { createTokenSource } from './oauth/token-source.ts';

/** How brokers are reached. All connections of a process share one, and with it one token. */
export interface KafkaAccess extends Omit<KafkaConnectionConfig, 'sasl'> {
  readonly sasl?: KafkaPasswordConfig | { readonly mechanism: 'oauthbearer'; readonly tokens: TokenSource };
}

/** Fetches no token yet. */
export function createKafkaAccess({ sasl, ...connection }: KafkaConnectionConfig): KafkaAccess {
  if (sasl?.mechanism === 'oauthbearer') {
    const { mechanism, oauth } = sasl;
    return { ...connection, sasl: { mechanism, tokens: createTokenSource(oauth) } };
  }
  return { ...connection, ...(sasl && { sasl }) };
}
