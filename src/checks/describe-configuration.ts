import type { TopicNames } from '../config/kafka-config.ts';
import type { ReceiverConfig } from '../config/receiver-config.ts';

/** The configuration as it stands, without secrets: name and value of what an operator set or got by default. */
export function describeConfiguration(config: ReceiverConfig, topics: TopicNames): [string, string][] {
  const { http, management, webhooks, kafka, dataDir, shutdown, logLevel } = config;
  const scheme = http.tls === undefined ? 'http' : 'https';
  return [
    [
      'listens on',
      `${scheme}, ${http.host} port ${http.port}; management ${management.host} port ${management.port}`,
    ],
    ...(http.publicUrl === undefined ? [] : [['public URL', http.publicUrl] as [string, string]]),
    ...webhooks.map(({ name, path, topic, deadLetterTopic }): [string, string] => [
      `webhook ${name}`,
      `${path} → ${topic}, dead letters → ${deadLetterTopic}`,
    ]),
    ['signature header', http.signatureHeader],
    [
      'limits',
      `body ${http.maxBodyBytes} bytes, ${http.maxInFlightRequests} requests and ${http.maxInFlightBytes} bytes in flight`,
    ],
    [
      'times',
      `answer ${http.requestBudgetMs} ms, body ${http.bodyTimeoutMs} ms, shutdown ${shutdown.timeoutMs} ms`,
    ],
    ...(kafka === undefined
      ? [['store', `journal in ${dataDir}`] as [string, string]]
      : [
          ['store', `Kafka ${kafka.connection.brokers.join(', ')}`] as [string, string],
          [
            'connection',
            [
              kafka.connection.tls === undefined ? 'no TLS' : 'TLS',
              kafka.connection.sasl === undefined
                ? 'no SASL'
                : `SASL ${kafka.connection.sasl.mechanism} as ${kafka.connection.sasl.username}`,
              `client ${kafka.connection.clientId}`,
            ].join(', '),
          ] as [string, string],
          ['latest state', topics.latest] as [string, string],
        ]),
    ['log level', logLevel],
  ];
}
