import { isMap, isScalar, type Pair, parseDocument, type Scalar, type YAMLMap } from 'yaml';

interface Row {
  readonly key: string;
  readonly value: string;
  readonly description: string;
}

/** Too many rows for a page, and fields that mean here what they mean in every chart: values.yaml itself lists them. */
const notListed = [
  /^prometheusRule\.alerts\./,
  /^(global|image|probes|serviceAccount|(revisionFilter\.)?podDisruptionBudget|grafanaDashboards\.operator)\./,
  /^service\.(type|nodePort|ip|trafficDistribution|externalTrafficPolicy|loadBalancer)/,
  /^autoscaling\.(m|behavior|keda\.(triggers|pollingInterval|cooldownPeriod|fallback))/,
  /^(serviceMonitor|podMonitor)\.(namespace|interval|scrapeTimeout|\w+Labels|sampleLimit|metricRelabelings)$/,
  /^(nameOverride|fullnameOverride|imagePullSecrets|securityContext|hostAliases|dns\w+)$/,
  /^(minReadySeconds|progressDeadlineSeconds|revisionHistoryLimit)$/,
  /(^|\.)(affinity|tolerations|nodeSelector|topologySpreadConstraints|\w+ClassName|schedulerName)$/,
  /(^|\.)(annotations|(common|pod|deployment)(Annotations|Labels)|extraEnv|envFrom|extraArgs|\w+Containers|extraVolume\w*)$/,
  /^(service|ingress|httpRoute)\.labels$/,
  /\.(suspend|className|duration|renewBefore|dnsNames|resources|strategy|secretProviderClass|serverName|(ca|cert|key|url|username|password)Key)$/,
];

/** The table of the values, from the comments of values.yaml. Throws for a value without a comment. */
export function valuesTable(source: string): string {
  const root = parseDocument(source).contents;
  if (!isMap<Scalar<string>>(root)) {
    throw new Error('values.yaml is not a map');
  }
  const rows = [...rowsOf(root, '')];
  const undocumented = rows.filter((row) => row.description === '').map((row) => row.key);
  if (undocumented.length > 0) {
    throw new Error(`values.yaml: no comment above ${undocumented.join(', ')}`);
  }
  const listed = rows.filter(({ key }) => !notListed.some((each) => each.test(key)));
  const lines = listed.map(({ key, value, description }) => `| \`${key}\` | ${value} | ${description} |`);
  return ['| value | default | meaning |', '|---|---|---|', ...lines].join('\n');
}

/** A commented map is one row, its uncommented children are part of its default; others are a row for each child. */
function* rowsOf(map: YAMLMap<Scalar<string>>, prefix: string): Generator<Row> {
  for (const [index, pair] of map.items.entries()) {
    const key = `${prefix}${pair.key.value}`;
    const description = commentAbove(pair, index === 0 ? map : undefined);
    if (isMap<Scalar<string>>(pair.value) && hasCommentedChild(pair.value)) {
      if (description !== '') {
        yield { key, value: '', description };
      }
      yield* rowsOf(pair.value, `${key}.`);
    } else {
      yield { key, value: `\`${JSON.stringify(toJs(pair))}\``, description };
    }
  }
}

function hasCommentedChild(map: YAMLMap<Scalar<string>>): boolean {
  return map.items.some((pair, index) => commentAbove(pair, index === 0 ? map : undefined) !== '');
}

/** The parser gives the comment above a map's first key to the map. */
function commentAbove(pair: Pair<Scalar<string>>, map: YAMLMap | undefined): string {
  const comment = map?.commentBefore ?? pair.key.commentBefore ?? '';
  return comment
    .split('\n')
    .map((line) => line.trim())
    .join(' ')
    .trim();
}

function toJs(pair: Pair<Scalar<string>>): unknown {
  const { value } = pair;
  return isScalar(value) ? value.value : JSON.parse(JSON.stringify(value));
}
