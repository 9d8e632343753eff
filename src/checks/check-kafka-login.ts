import type { KafkaConnectionConfig } from '../config/kafka-config.ts';
import type { CheckResult } from './check-result.ts';

/** A login without TLS is refused unless KAFKA_SASL_ALLOW_PLAINTEXT allows it. This names the risk. */
export function checkKafkaLogin({ tls, sasl }: KafkaConnectionConfig): CheckResult[] {
  if (sasl === undefined || tls !== undefined) {
    return [];
  }
  return [
    {
      area: 'tls',
      verdict: 'warning',
      text: `KAFKA_SASL_ALLOW_PLAINTEXT: ${sasl.mechanism} without TLS: anyone who reads the network can log in to Kafka or guess the password, and reads every event`,
      advice: 'Set KAFKA_TLS to true as soon as the brokers have TLS.',
    },
  ];
}
