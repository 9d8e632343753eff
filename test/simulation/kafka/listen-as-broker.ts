import type { Network } from '../network/network.ts';
import type { KafkaClusterDeps } from './kafka-cluster.ts';

/** The end of a broker ends all its connections, too. */
export function listenAsBroker(network: Network): KafkaClusterDeps['listen'] {
  return (address, accept) => {
    const stop = network.listen(address, accept);
    return () => {
      stop();
      network.link(address).cut('reset');
    };
  };
}
