import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noToken } from '../../src/webhook/json-bytes.ts';
import { JsonScan, maxDepth, maxElementTokens } from '../../src/webhook/json-scan.ts';
import { type JsonTree, parseTree } from '../fuzz/bodies/json-tree.ts';

/** Usual names, names of built-in properties, and names that JSON can write in several ways. */
const names = ['a', 'b', 'ab', 'é', '"', '\\', '', '__proto__', 'constructor', 'length', '0'];
const paths = [['a'], ['a', 'b'], ['a', 'b', 'a'], ['b'], ['b', 'é'], ...names.map((name) => [name])];

function read(text: Buffer | string, wanted: readonly (readonly string[])[] = paths) {
  const bytes = Buffer.from(text as string);
  const scan = new JsonScan();
  const members = wanted.map((path) => scan.root.want(path));
  const end = scan.read(bytes, 0);
  const values = members.map((member) => bytes.subarray(member.start, member.start && member.end));
  return { scan, members, end, values };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Returns the string, number or word at a path, or `undefined`. The test cannot compare with JSON.parse, because
 * JSON.parse of Node 24 has a defect: it returns wrong names for some objects that contain escaped names.
 */
function valueAt(tree: JsonTree | undefined, path: readonly string[]): string | undefined {
  let value = tree;
  for (const name of path) {
    value = value?.kind === 'object' ? value.values[value.names.lastIndexOf(name)] : undefined;
  }
  return value?.kind === 'object' || value?.kind === 'array' ? undefined : value?.text;
}

/**
 * Checks that the scan and JSON.parse accept the same texts, and that the scan finds the values of the wanted members.
 */
function expectAsParsed(bytes: Buffer): void {
  const text = bytes.toString();
  const { members, end, scan } = read(bytes);
  // The scan ignores the text after a value.
  const isWhole = end !== noToken && /^[ \t\r\n]*$/.test(bytes.toString('latin1', end));
  expect([text, isWhole]).toEqual([text, isJson(text)]);
  if (isWhole) {
    expect(scan.isAscii).toBe(bytes.every((byte) => byte < 0x80));
    const tree = parseTree(bytes, 0);
    const values = members.map(({ start, end: last }) => {
      const value = start === 0 ? undefined : bytes.toString('utf8', start, last);
      return value?.startsWith('"') ? (JSON.parse(value) as string) : value;
    });
    expect([text, ...values]).toEqual([text, ...paths.map((path) => valueAt(tree, path))]);
  }
}

const string = fc.oneof(
  fc.constantFrom(...names).map((name) => JSON.stringify(name)),
  fc.constantFrom('"\\u0061"', '"\\u00e9"', '"a\\/"', '"\\ud800"', '"\u007f"', '"\u2028"'),
);
const scalar = fc.oneof(
  string,
  fc.constantFrom('0', '-0', '1.50', '1e400', '-7E-2', '18446744073709551616', 'true', 'false', 'null'),
);
const space = fc.constantFrom('', '', '', ' ', '\n', '\t\r');
/** JSON texts with repeated members, every escape, and white space wherever it is allowed. */
const { json } = fc.letrec<{ json: string; list: string; object: string }>((tie) => ({
  json: fc
    .tuple(space, fc.oneof({ depthSize: 'small' }, scalar, tie('object'), tie('list')), space)
    .map((parts) => parts.join('')),
  list: fc.array(tie('json'), { maxLength: 3 }).map((values) => `[${values.join()}]`),
  object: fc
    .array(fc.tuple(space, string, space, tie('json')), { maxLength: 6 })
    .map(
      (members) =>
        `{${members.map(([before, name, after, value]) => `${before}${name}${after}:${value}`).join()}}`,
    ),
}));

const damage = [
  '[',
  ']',
  '{',
  '}',
  '"',
  '\\',
  ',',
  ':',
  '-',
  '.',
  'e',
  '0',
  ' ',
  '\0',
  '\x0b',
  '\x80',
  '\xff',
  '"a":1,',
];

describe('the scan agrees with other readers', () => {
  test('about any JSON', () => {
    fc.assert(
      fc.property(json, (text) => {
        expectAsParsed(Buffer.from(text));
      }),
      { numRuns: 2_000 },
    );
  });

  test('about what is nearly JSON', () => {
    const change = fc.tuple(fc.nat(), fc.constantFrom('', ...damage), fc.nat({ max: 2 }));
    fc.assert(
      fc.property(json, fc.array(change, { minLength: 1, maxLength: 3 }), (text, changes) => {
        let bytes = Buffer.from(text).toString('latin1');
        for (const [place, put, removed] of changes) {
          const at = place % (bytes.length + 1);
          bytes = bytes.slice(0, at) + put + bytes.slice(at + removed);
        }
        expectAsParsed(Buffer.from(bytes, 'latin1'));
      }),
      { numRuns: 5_000 },
    );
  });

  test('about an event with any one byte put in, put instead of another, skipped, or the last', () => {
    const event = '{"a":{"b":"é\\n","x":[1,-2.5e+3,{"a":true}]},"b":null,"\\u0061":{"b":{"a":7}}, "ab":"ab"}';
    const bytes = Buffer.from(event).toString('latin1');
    for (let at = 0; at <= bytes.length; at += 1) {
      const [before, after] = [bytes.slice(0, at), bytes.slice(at)];
      for (const changed of [
        before,
        after,
        ...damage.flatMap((put) => [put + after, put + after.slice(1)]),
      ]) {
        const isPart = changed === before || changed === after;
        expectAsParsed(Buffer.from(isPart ? changed : before + changed, 'latin1'));
      }
      expectAsParsed(Buffer.from(before + after.slice(1), 'latin1'));
    }
  });
});

test.each([
  ['{"revision":9007199254740993}', ['revision'], '9007199254740993'],
  ['{"revision" : 1.50 }', ['revision'], '1.50'],
  ['{"revision":-0}', ['revision'], '-0'],
  ['{"revision":1e3,"a":{"revision":2}}', ['revision'], '1e3'],
  ['{"a":{"b":[{"id":1}],"id":20},"id":3}', ['a', 'id'], '20'],
  ['{"id":1,"id":2}', ['id'], '2'],
  ['{"a":{"id":1},"a":{"x":2}}', ['a', 'id'], ''],
  ['{"a":{"id":1},"a":2}', ['a', 'id'], ''],
  ['{"id":1,"id":[2]}', ['id'], ''],
  ['{"a":[{"id":1}]}', ['a', 'id'], ''],
  [String.raw`{"\u0069d":7}`, ['id'], '7'],
  [String.raw`{"text":"\"id\":1,","id":12}`, ['id'], '12'],
])('%s has the text of a number as it is written', (text, path, value) => {
  expect(read(text, [path]).values.map(String)).toEqual([value]);
});

test('any digits in any event', () => {
  const digits = fc.stringMatching(/^[1-9]\d{0,40}$/);
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), digits, (others, text) => {
      const rest = JSON.stringify({ ...others, id: undefined }).slice(1);
      const event = `{"id":${text}${rest === '}' ? '' : ','}${rest}`;
      expect(read(event, [['id']]).values.map(String)).toEqual([text]);
    }),
  );
});

test('one value after the other is read, and nothing is left of the last', () => {
  const bytes = Buffer.from('{"a":{"b":1},"b":"é"}{"b":2}');
  const scan = new JsonScan();
  const [inner, outer] = [scan.root.want(['a', 'b']), scan.root.want(['b'])];
  const end = scan.read(bytes, 0);
  expect([bytes.toString('utf8', 0, end), scan.parts, scan.isAscii]).toEqual([
    '{"a":{"b":1},"b":"é"}',
    3,
    false,
  ]);
  expect([inner.start, outer.start]).toEqual([10, 17]);
  expect([scan.read(bytes, end), scan.parts, scan.isAscii]).toEqual([bytes.length, 1, true]);
  expect([inner.start, outer.start]).toEqual([0, end + 5]);
});

test('only a string of printable ASCII without escapes is plain', () => {
  const texts = ['"a b"', '""', '"\\n"', '"é"', '"\u007f"', '7', 'null'];
  expect(texts.map((text) => read(`{"a":${text}}`).members[0]?.isPlain)).toEqual([
    true,
    true,
    ...texts.slice(2).map(() => false),
  ]);
});

test('values are read up to the limits of an element', () => {
  const nest = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  const list = (parts: number) => `[${'0,'.repeat(parts - 1)}0]`;
  for (const [most, text] of [
    [maxDepth, nest],
    [maxElementTokens, list],
  ] as const) {
    expect(read(text(most)).end).toBe(text(most).length);
    expect(read(text(most + 1)).end).toBe(noToken);
  }
  expect(read(`${list(maxElementTokens).slice(0, -2)}[]]`).end).toBe(noToken);
});

test('a name is what is written, whatever objects were read before', () => {
  const scan = new JsonScan();
  const wanted = scan.root.want(['a']);
  for (const name of ['\\\\', '\\n', '\\u0061', 'a', '\\"']) {
    const isWanted = name === '\\u0061' || name === 'a';
    scan.read(Buffer.from(`{"\\u4e00":0,"${name}":0}`), 0);
    expect([name, wanted.start > 0]).toEqual([name, isWanted]);
  }
});
