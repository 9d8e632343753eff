export type ClusterSettings = ReturnType<typeof loadClusterSettings>;

/** Settings for access to the cluster. */
const variables = {
  /** Image of the project, and another build of it. Both are already present on the nodes. */
  image: 'CLUSTER_IMAGE',
  nextImage: 'CLUSTER_NEXT_IMAGE',
  /** Prefix of the images of past commits. The name of each image is this prefix, `-` and the commit. */
  pastImages: 'CLUSTER_PAST_IMAGES',
  /** Address of this machine that pods can reach. The Kafka of the tests listens on it. */
  hostAddress: 'CLUSTER_HOST_ADDRESS',
  /** Address, as `host:port`, on which the ingress controller serves TLS. */
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
