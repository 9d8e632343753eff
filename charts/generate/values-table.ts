import { isMap, isScalar, type Pair, parseDocument, type Scalar, type YAMLMap } from 'yaml';

interface Row {
  readonly key: string;
  readonly value: string;
  readonly description: string;
}

/** Too many rows for a page: values.yaml itself lists them. */
const notListed = /^prometheusRule\.alerts\./;

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
  const listed = rows.filter((row) => !notListed.test(row.key));
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
