import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { quoteValue } from './quote-value.ts';

export interface KafkaBrokers {
  /** `host:port` of each. */
  readonly brokers: readonly string[];
  readonly isTls: boolean;
}

const maxPort = 65_535;

/** From `host:port`, `kafka://host:port` or `kafka+ssl://host:port`; the last turns TLS on. */
export function toKafkaBrokers(
  read: { readonly KAFKA_BROKERS: readonly string[]; readonly KAFKA_TLS: boolean },
  env: Env,
  problems: ConfigProblem[],
): KafkaBrokers {
  const report = (message: string) => problems.push({ variable: 'KAFKA_BROKERS', message });
  if (read.KAFKA_BROKERS.length === 0) {
    report('names no broker: set host:port of at least one.');
  }
  const found = read.KAFKA_BROKERS.map((item) => {
    const [, scheme = '', broker = ''] = /^(?:(kafka(?:\+ssl)?):\/\/)?(.*)$/is.exec(item) ?? [];
    return { scheme: scheme.toLowerCase(), broker, fault: findBrokerFault(item, broker) };
  });
  for (const { fault } of found) {
    if (fault !== undefined) {
      report(fault);
    }
  }
  const schemes = new Set(found.map(({ scheme }) => scheme));
  if (schemes.size > 1) {
    report(
      'mixes kafka://, kafka+ssl:// and plain host:port: one setting of TLS is for all brokers, so write all the same way.',
    );
  }
  const isTlsUrl = schemes.has('kafka+ssl');
  if (isTlsUrl && env.KAFKA_TLS?.toLowerCase() === 'false') {
    report('has kafka+ssl:// while KAFKA_TLS is false: remove KAFKA_TLS, or give host:port.');
  }
  if (schemes.has('kafka') && read.KAFKA_TLS) {
    report('has kafka://, which is without TLS, while KAFKA_TLS is true: give kafka+ssl:// or host:port.');
  }
  return { brokers: found.map(({ broker }) => broker), isTls: isTlsUrl || read.KAFKA_TLS };
}

function findBrokerFault(item: string, broker: string): string | undefined {
  if (item.includes('@')) {
    return 'holds a user name or a password, which would be shown and logged: give host:port, and KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD_FILE for the user.';
  }
  const [, port] = /^(?:\[[0-9a-fA-F:.]+\]|[^\s:/]+):(\d+)$/.exec(broker) ?? [];
  if (port === undefined) {
    return `${quoteValue(item)} is not host:port.`;
  }
  const isPort = Number(port) >= 1 && Number(port) <= maxPort;
  return isPort ? undefined : `${quoteValue(item)} has a port that is not from 1 to ${maxPort}.`;
}
