export type ClusterSettings = ReturnType<typeof loadClusterSettings>;

/** How the tests reach the cluster. */
const variables = {
  /** Image of the project, already on the nodes, and a second build of it. */
  image: 'CLUSTER_IMAGE',
  nextImage: 'CLUSTER_NEXT_IMAGE',
  /** Images of past commits: the name of each is this, `-` and the commit. */
  pastImages: 'CLUSTER_PAST_IMAGES',
  /** Address of this machine that pods reach: the tests' Kafka listens there. */
  hostAddress: 'CLUSTER_HOST_ADDRESS',
  /** Where the ingress controller serves TLS, `host:port`. */
  ingressAddress: 'CLUSTER_INGRESS_ADDRESS',
  ingressClass: 'CLUSTER_INGRESS_CLASS',
  gatewayClass: 'CLUSTER_GATEWAY_CLASS',
};

export function loadClusterSettings() {
  const missing = ['KUBECONFIG', ...Object.values(variables)].filter((name) => !process.env[name]);
  if (missing.length > 0) {
    throw new Error(
      `The cluster tests need a cluster: set ${missing.join(', ')} (see docs/testing.md for what they mean).`,
    );
  }
  const read = (name: keyof typeof variables) => process.env[variables[name]] ?? '';
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
