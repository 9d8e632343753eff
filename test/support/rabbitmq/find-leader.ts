import type { RabbitMqCluster } from './rabbitmq-cluster.ts';
import type { RabbitMqNode } from './rabbitmq-node.ts';

interface QueuePlaces {
  readonly name: string;
  readonly leader: string;
  readonly members: readonly string[];
}

/** Finds the node that leads a quorum queue. */
export async function findLeader(cluster: RabbitMqCluster, queue: string): Promise<RabbitMqNode> {
  const places = await findPlaces(cluster, queue);
  const leader = cluster.nodes.find(({ name }) => name === places?.leader);
  if (leader === undefined) {
    throw new Error(`no node leads ${queue}: ${JSON.stringify(places)}`);
  }
  return leader;
}

/**
 * Returns the number of nodes of a quorum queue. If the queue was declared before all nodes were available, the number
 * stays smaller.
 */
export async function countMembers(cluster: RabbitMqCluster, queue: string): Promise<number> {
  return (await findPlaces(cluster, queue))?.members.length ?? 0;
}

async function findPlaces({ nodes }: RabbitMqCluster, queue: string): Promise<QueuePlaces | undefined> {
  const asked = nodes.find((node) => node.isRunning());
  const listed = await asked?.control('list_queues', 'name', 'leader', 'members', '--formatter', 'json');
  const queues = JSON.parse(listed ?? '[]') as QueuePlaces[];
  return queues.find(({ name }) => name === queue);
}
