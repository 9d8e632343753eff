import type { CheckResult } from '../ports/check-result.ts';
import type { KafkaConnectionConfig } from './kafka-config.ts';
import { allowPlaintextTraces, hasPlaintextHeaders, type TracesConfig } from './traces-config.ts';

/** A password in a URL without TLS is refused unless a variable allows it. This names the risk. */
export function checkPlaintextLogin(options: {
  readonly isPlaintext: boolean;
  /** The variable that allows it. */
  readonly allow: string;
  readonly store: string;
}): CheckResult[] {
  const { isPlaintext, allow, store } = options;
  return isPlaintext
    ? [
        {
          area: 'tls',
          verdict: 'warning',
          text: `${allow}: a password without TLS: anyone who reads the network can log in to ${store}, and reads every event`,
          advice: 'Use a URL with TLS as soon as the server has it.',
        },
      ]
    : [];
}

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

/** Headers without TLS are refused unless a variable allows them. This names the risk. */
export function checkTracesHeaders(traces: TracesConfig | undefined): CheckResult[] {
  if (traces === undefined || !hasPlaintextHeaders(traces)) {
    return [];
  }
  return [
    {
      area: 'tls',
      verdict: 'warning',
      text: `${allowPlaintextTraces}: headers without TLS: anyone who reads the network has the credentials for the collector`,
      advice: 'Use a URL with https as soon as the collector has TLS.',
    },
  ];
}
