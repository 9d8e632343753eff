import type { Network } from '../network/network.ts';
import type { KafkaClusterDeps } from './kafka-cluster.ts';

/** Lets brokers listen on the simulated network. Stopping a broker closes all of its connections. */
export function listenAsBroker(network: Network): KafkaClusterDeps['listen'] {
  return (address, accept) => {
    const stop = network.listen(address, accept);
    return () => {
      stop();
      network.link(address).cut('reset');
    };
  };
}
