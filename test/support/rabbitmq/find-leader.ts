import type { RabbitMqCluster } from './rabbitmq-cluster.ts';
import type { RabbitMqNode } from './rabbitmq-node.ts';

/** The node that leads a quorum queue. */
export async function findLeader({ nodes }: RabbitMqCluster, queue: string): Promise<RabbitMqNode> {
  const asked = nodes.find((node) => node.isRunning());
  const listed = await asked?.control('list_queues', 'name', 'leader', '--formatter', 'json');
  const queues = JSON.parse(listed ?? '[]') as { readonly name: string; readonly leader: string }[];
  const leader = nodes.find(({ name }) => name === queues.find((each) => each.name === queue)?.leader);
  if (leader === undefined) {
    throw new Error(`no node leads ${queue}: ${listed}`);
  }
  return leader;
}
