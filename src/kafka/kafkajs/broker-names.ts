import { parseBrokerAddress } from './broker-address.ts';

/** Bootstrap addresses as kafkajs can read them. */
export interface BrokerNames {
  readonly brokers: string[];
  /** The host to connect to for a host that kafkajs names. */
  hostOf(name: string): string;
}

/** kafkajs cuts an address at its first colon, so an IPv6 literal gets a name. The socket takes the literal again. */
export function toBrokerNames(addresses: readonly string[]): BrokerNames {
  const hosts = new Map<string, string>();
  const brokers = addresses.map((address, index) => {
    const { host, port } = parseBrokerAddress(address);
    if (!host.includes(':')) {
      return address;
    }
    const name = `ipv6-${index}.invalid`;
    hosts.set(name, host);
    return `${name}:${port}`;
  });
  return { brokers, hostOf: (name) => hosts.get(name) ?? name };
}
