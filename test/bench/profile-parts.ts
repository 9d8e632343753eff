/** A CPU profile in V8's format, with only the members that are used here. Times are in microseconds. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/**
 * Parts of the program, defined by their functions and files. A sample is attributed to the innermost part on its
 * stack.
 */
const parts: readonly (readonly [part: string, pattern: RegExp])[] = [
  ['garbage collection', /^\(garbage collector\)/],
  ['native code: HTTP parser, sockets, event loop', /^\(program\)/],
  ['write the log line', /runtime\/logger\.ts|sonic-boom|\/pino\/|observe\/delivery-log|log-rate-limit/],
  ['metrics and status page', /src\/observe\/|prom-client|runtime\/(histogram|metric-factory)/],
  [
    'read the body',
    /raw-body|http\/(read-body|arriving-body)|deadline-watch|node:internal\/streams\/readable/,
  ],
  ['verify the signature', /webhook\/(verify-signature|hmac-sha1)|node:internal\/crypto/],
  [
    'split the body, find key and headers, make the record',
    /webhook\/(split|read-element|json|wanted|event|to-record|record-headers|plan-records|cloud-events|topic-rules|test-events)/,
  ],
  ['encode the records', /stores\/kafka\/wire\/|crc-32|murmur|partition-for/],
  ['send requests to Kafka and read the responses', /stores\/kafka\/cluster\/|node_modules\/kafkajs/],
  ['queues, batches and outcomes of records', /stores\/(append|kafka|spool)\/|webhook\/store-records/],
  ['the flow of a delivery', /webhook\/|http\/http-delivery/],
  ['Koa, routes and limits on clients', /node_modules\/(koa|@koa|parseurl|delegates|statuses)|src\/http\//],
  [
    'write the response',
    /node:_http_outgoing|^(resOnFinish|onFinish|onResponseFinish|detachSocket) node:_http/,
  ],
  ['parse the request', /node:_http|node:internal\/http|node:url|querystring/],
];

/**
 * Code that all parts of the program call. A sample counts for this code only if its stack contains no other part.
 * Otherwise it counts for the part that made the call.
 */
const helperParts: typeof parts = [
  ['promises and ticks', /^runMicrotasks|node:internal\/process|node:internal\/async_hooks/],
  ['sockets, streams, events and timers of Node', /node:/],
];

/** Returns the share of each part in the busy time, over the last seconds in which deliveries were processed. */
export function sumByPart(profile: CpuProfile, seconds: number): Map<string, number> {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(
    profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])),
  );
  const partOfNode = new Map<number, string>();
  const findInStack = (id: number, candidates: typeof parts): string | undefined => {
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const { functionName = '', url = '' } = nodes.get(at)?.callFrame ?? {};
      const found = candidates.find(([, pattern]) => pattern.test(`${functionName} ${url}`));
      if (found !== undefined) {
        return found[0];
      }
    }
    return undefined;
  };
  const findPart = (id: number): string => {
    const known = partOfNode.get(id);
    if (known !== undefined) {
      return known;
    }
    const part = findInStack(id, parts) ?? findInStack(id, helperParts) ?? 'other';
    partOfNode.set(id, part);
    return part;
  };
  const isIdle = (id: number) => nodes.get(id)?.callFrame.functionName === '(idle)';
  const busy: { readonly part: string; readonly endUs: number; readonly us: number }[] = [];
  let endUs = 0;
  for (const [index, id] of profile.samples.entries()) {
    const us = profile.timeDeltas[index] ?? 0;
    endUs += us;
    if (!isIdle(id)) {
      busy.push({ part: findPart(id), endUs, us });
    }
  }
  const lastUs = busy.findLast(({ part }) => part === 'the flow of a delivery')?.endUs ?? 0;
  const measured = busy.filter((sample) => sample.endUs > lastUs - seconds * 1e6 && sample.endUs <= lastUs);
  const totalUs = measured.reduce((sum, { us }) => sum + us, 0);
  const shares = new Map(
    [...[...parts, ...helperParts].map(([part]) => part), 'other'].map((part) => [part, 0]),
  );
  for (const { part, us } of measured) {
    shares.set(part, (shares.get(part) ?? 0) + us / totalUs);
  }
  return new Map([...shares].toSorted(([, one], [, other]) => other - one));
}
