/**
 * A JSON value with the position of its text. Implemented from RFC 8259 for the fuzzer's reference, without any code of
 * the product.
 */
export interface JsonTree {
  readonly kind: 'object' | 'array' | 'string' | 'number' | 'word';
  readonly start: number;
  readonly end: number;
  /** The text of a number or literal, or the decoded string. */
  readonly text: string;
  /** Values of an object or array. */
  readonly values: readonly JsonTree[];
  /** Names of an object's members, in the order of `values`. */
  readonly names: readonly string[];
}

const numberText = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const wordText = /true|false|null/y;
const stringText = /"(?:[ !#-[\]-\xff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const blank = /[ \t\r\n]*/y;
const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** @returns `undefined` if the bytes are not JSON text */
export function parseTree(bytes: Buffer, from: number): JsonTree | undefined {
  // Uses one character per byte, so that character positions equal byte positions.
  const text = bytes.toString('latin1');

  function match(pattern: RegExp, at: number): string | undefined {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  }

  const skip = (at: number) => at + (match(blank, at)?.length ?? 0);

  function scalar(kind: JsonTree['kind'], start: number, found: string): JsonTree {
    const meant = kind === 'string' ? readString(found) : found;
    return { kind, start, end: start + found.length, text: meant, values: [], names: [] };
  }

  function list(start: number): JsonTree | undefined {
    const isObject = text[start] === '{';
    const close = isObject ? '}' : ']';
    const values: JsonTree[] = [];
    const names: string[] = [];
    let at = skip(start + 1);
    if (text[at] !== close) {
      for (;;) {
        if (isObject) {
          const name = match(stringText, at);
          if (name === undefined) {
            return undefined;
          }
          names.push(readString(name));
          at = skip(at + name.length);
          if (text[at] !== ':') {
            return undefined;
          }
          at = skip(at + 1);
        }
        const element = value(at);
        if (element === undefined) {
          return undefined;
        }
        values.push(element);
        at = skip(element.end);
        if (text[at] === close) {
          break;
        }
        if (text[at] !== ',') {
          return undefined;
        }
        at = skip(at + 1);
      }
    }
    return { kind: isObject ? 'object' : 'array', start, end: at + 1, text: '', values, names };
  }

  function value(at: number): JsonTree | undefined {
    const first = text[at];
    if (first === '{' || first === '[') {
      return list(at);
    }
    const [kind, pattern] =
      first === '"'
        ? (['string', stringText] as const)
        : first === 't' || first === 'f' || first === 'n'
          ? (['word', wordText] as const)
          : (['number', numberText] as const);
    const found = match(pattern, at);
    return found === undefined ? undefined : scalar(kind, at, found);
  }

  const root = value(skip(from));
  return root !== undefined && skip(root.end) === text.length ? root : undefined;
}

/** Decodes a string literal, as UTF-8. */
function readString(literal: string): string {
  const inner = Buffer.from(literal.slice(1, -1), 'latin1').toString('utf8');
  return inner.replaceAll(/\\(u([0-9a-fA-F]{4})|.)/g, (_all, what: string, hex?: string) =>
    hex === undefined ? (escapes[what] ?? what) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
