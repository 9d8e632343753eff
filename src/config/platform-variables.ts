import { herokuKafkaVariables } from './heroku-kafka-config.ts';

/**
 * What Kubernetes sets for every Service of the namespace, unless the pod has no service links: a Service named redis sets
 * REDIS_SERVICE_HOST and REDIS_PORT_6379_TCP. Docker's links have the same names.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
const serviceLink = /_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/;
const linkedAddress = /^(tcp|udp|sctp):\/\//;

/** Heroku sets them for its add-ons. Those for Kafka count when nothing else chooses a store. */
const addOnVariables: readonly string[] = [...herokuKafkaVariables, 'REDIS_TLS_URL'];

/** Whether a platform sets this variable by itself: nobody wrote it, so it cannot be misspelt. */
export function isSetByPlatform(name: string, value: string): boolean {
  return (
    addOnVariables.includes(name) ||
    serviceLink.test(name) ||
    (name.endsWith('_PORT') && linkedAddress.test(value))
  );
}
