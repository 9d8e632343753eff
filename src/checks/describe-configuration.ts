import type { ReceiverConfig } from '../config/receiver-config.ts';

type TopicRules = NonNullable<ReceiverConfig['webhooks'][number]['topicRules']>;

type Setting = readonly [label: string, value: string];

/** The settings that an operator made or got by default, without secrets. Those of the store come from the store. */
export function describeConfiguration(config: ReceiverConfig, store: readonly Setting[]): Setting[] {
  const { http, management, webhooks, recordHeaders, spool, shutdown, logLevel, logEvents } = config;
  const scheme = http.tls === undefined ? 'http' : 'https';
  return [
    [
      'listens on',
      `${scheme}, ${http.host} port ${http.port}; management ${management.host} port ${management.port}`,
    ],
    ...(http.publicUrl === undefined ? [] : [['public URL', http.publicUrl] as const]),
    ...webhooks.flatMap(({ name, path, topic, deadLetterTopic, topicRules }) => [
      [`webhook ${name}`, `${path} → ${topic}, dead letters → ${deadLetterTopic}`] as const,
      ...(topicRules === undefined ? [] : [[`topics of ${name}`, describeRules(topicRules)] as const]),
    ]),
    ['signature header', http.signatureHeader],
    ...(recordHeaders === undefined
      ? []
      : [['record headers', Object.keys(recordHeaders).join(', ')] as const]),
    [
      'limits',
      `body ${http.maxBodyBytes} bytes, ${http.maxInFlightRequests} requests and ${http.maxInFlightBytes} bytes in flight`,
    ],
    [
      'times',
      `answer ${http.requestBudgetMs} ms, body ${http.bodyTimeoutMs} ms, shutdown ${shutdown.timeoutMs} ms`,
    ],
    ...store,
    ...(spool === undefined
      ? []
      : [['spool', `${spool.directory}, at most ${spool.maxBytes} bytes`] as const]),
    ['log level', logLevel],
    ...(logEvents === 0 ? [] : [['events named in the log', `${logEvents} of a delivery`] as const]),
  ];
}

function describeRules({ names, families }: TopicRules): string {
  return [
    ...[...names].map(([name, topic]) => `${name} → ${topic}`),
    ...[...families].map(([family, topic]) => `${family}.* → ${topic}`),
  ].join(', ');
}
