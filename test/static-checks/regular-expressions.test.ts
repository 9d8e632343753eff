import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync, Visitor } from 'rolldown/utils';
import { expect, test } from 'vitest';
import { listAttacks } from './attack-texts.ts';

const project = new URL('../..', import.meta.url).pathname;

const ofOpenssl = 'names of errors in OpenSSL';
const ofAmqp = 'the text of an answer of AMQP has 255 bytes at most';

/**
 * Patterns whose cost grows faster than the length of the text. The value is the reason why the text is always short.
 */
const boundedPatterns: Readonly<Record<string, string>> = {
  'src/runtime/tls-failure.ts /ALERT_.*CERTIFICATE|ALERT_UNKNOWN_CA/': ofOpenssl,
  [String.raw`src/config/unused-variables.ts /_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/`]:
    'names in the own environment',
  [`src/stores/rabbitmq/describe-target.ts /^the value '(.*)' of type '(.*)'$/s`]: ofAmqp,
  [`src/stores/rabbitmq/describe-target.ts /inequivalent arg '([^']+)' for .* but current is (none|'.*'|the value '.*' of type '.*')$/s`]:
    ofAmqp,
  ['src/stores/rabbitmq/rabbitmq-error.ts /with message "(.*)"$/s']: ofAmqp,
};

interface Found {
  readonly path: string;
  readonly pattern: RegExp;
}

function findPatterns(
  path: string,
  code: string,
): { readonly literal: Found[]; readonly computed: string[] } {
  const literal: Found[] = [];
  const computed: string[] = [];
  const add = ({ start, end }: { readonly start: number; readonly end: number }) => {
    if (code.slice(start, end) === 'RegExp') {
      computed.push(path);
    }
  };
  new Visitor({
    Literal(node) {
      if ('regex' in node) {
        literal.push({ path, pattern: new RegExp(node.regex.pattern, node.regex.flags) });
      }
    },
    NewExpression: ({ callee }) => add(callee),
    CallExpression: ({ callee }) => add(callee),
  }).visit(parseSync(path, code).program);
  return { literal, computed };
}

/** Lengths of the texts. The shortest texts detect patterns whose cost doubles with each character. */
const lengths = [16, 20, 24, 28, 64, 256, 1_024, 4_096, 16_384, 65_536];
/** Time limit in milliseconds. A linear pattern needs a hundredth of this time for the longest text. */
const maxMs = 50;

function growsTooFast(pattern: RegExp): boolean {
  const isSlow = (text: string) => {
    const before = process.threadCpuUsage();
    text.replace(pattern, '');
    return process.threadCpuUsage(before).user / 1_000 > maxMs;
  };
  return listAttacks(pattern).some((make) =>
    lengths.some((length) => {
      const text = make(length);
      return isSlow(text) && isSlow(text);
    }),
  );
}

test.each([
  [/\/+$/, true],
  [/(?<!\/)\/+$/, false],
  [/^\/+$/, false],
  [/a.*b/, true],
  [/^a.*b/, false],
  [/^(\w+\s?)+$/, true],
  [/^\s*([^=\s]+)\s*=\s*(.*?)\s*$/s, true],
  [/with message "(.*)"$/s, true],
  [/_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$/, true],
  [/^[\w-]{2,}(?:\.[a-z]{2,})+$/u, false],
  [/\u{1f600}{2,}x|(?<year>\d{4})-\k<year>|[^\]]\p{L}/u, false],
])('sees whether the cost of %s grows faster than its text', (pattern, expected) => {
  expect(growsTooFast(pattern)).toBe(expected);
});

test('no regular expression makes a text of somebody else cost more than its length', () => {
  const found = globSync('{src,docs}/**/*.{ts,mjs,js}', { cwd: project }).map((path) =>
    findPatterns(path, readFileSync(join(project, path), 'utf8')),
  );
  expect(found.flatMap(({ computed }) => computed)).toEqual([]);
  const steep = found
    .flatMap(({ literal }) => literal)
    .filter(({ pattern }) => growsTooFast(pattern))
    .map(({ path, pattern }) => `${path} ${pattern}`);
  expect(steep.toSorted()).toEqual(Object.keys(boundedPatterns).toSorted());
});
