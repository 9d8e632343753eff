/** How the tests reach the cluster; each is an environment variable. */
export interface ClusterSettings {
  /** Image of the project, already on the nodes, and a second build of it. */
  readonly image: string;
  readonly nextImage: string;
  /** Images of past commits: the name of each is this, `-` and the commit. */
  readonly pastImages: string;
  /** Address of this machine that pods reach: the tests' Kafka listens there. */
  readonly hostAddress: string;
  /** Where the ingress controller serves TLS, `host:port`. */
  readonly ingressAddress: string;
  readonly ingressClass: string;
  readonly gatewayClass: string;
}

const variables: Record<keyof ClusterSettings, string> = {
  image: 'CLUSTER_IMAGE',
  nextImage: 'CLUSTER_NEXT_IMAGE',
  pastImages: 'CLUSTER_PAST_IMAGES',
  hostAddress: 'CLUSTER_HOST_ADDRESS',
  ingressAddress: 'CLUSTER_INGRESS_ADDRESS',
  ingressClass: 'CLUSTER_INGRESS_CLASS',
  gatewayClass: 'CLUSTER_GATEWAY_CLASS',
};

export function loadClusterSettings(): ClusterSettings {
  const missing = ['KUBECONFIG', ...Object.values(variables)].filter((name) => !process.env[name]);
  if (missing.length > 0) {
    throw new Error(
      `The cluster tests need a cluster: set ${missing.join(', ')} (see docs/testing.md for what they mean).`,
    );
  }
  const read = (name: keyof ClusterSettings) => process.env[variables[name]] ?? '';
  return {
    image: read('image'),
    nextImage: read('nextImage'),
    pastImages: read('pastImages'),
    hostAddress: read('hostAddress'),
    ingressAddress: read('ingressAddress'),
    ingressClass: read('ingressClass'),
    gatewayClass: read('gatewayClass'),
  };
}
