import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { extractTexts, type FoundText, textKinds } from './extract-texts.ts';

/**
 * Draws texts at random for blind grading. Texts of this project are mixed with texts of other repositories. Prints the
 * numbered texts without their origin, and writes the origins to `--key`. README.md in this folder contains the rubric.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    each: { type: 'string', default: '60' },
    reference: { type: 'string', default: '20' },
    key: { type: 'string', default: 'drawn-texts.json' },
  },
});

const random = createRandom(Number(values.seed));
const project = new URL('../..', import.meta.url).pathname;
const ours = readCheckout(project, [
  '{README,CHANGELOG}.md',
  '{docs,.github,charts}/**/*.md',
  'charts/*/alerts/rules.yaml',
  'charts/*/dashboards/*.json',
  '{src,test,charts}/**/*.ts',
]).filter(({ kind, file }) => !isOfTests(file) || kind === 'comment');
const others = positionals
  .map((directory) => readCheckout(resolve(directory), ['**/*.{md,yaml,json,libsonnet,ts,js,go}']))
  .map((texts) => texts.filter(({ kind, file }) => !isOfTests(file) || kind === 'comment'));

const drawn = textKinds.flatMap((kind) => {
  const isOfKind = (text: FoundText) => text.kind === kind;
  const fromOurs = draw(ours.filter(isOfKind), Number(values.each));
  const pools = others.map((texts) => texts.filter(isOfKind)).filter((texts) => texts.length > 0);
  const share = Math.ceil(Number(values.reference) / Math.max(pools.length, 1));
  const fromOthers = pools.flatMap((texts) => draw(texts, share));
  return draw(
    [
      ...fromOurs.map((text) => ({ ...text, origin: 'ours' })),
      ...fromOthers.map((text) => ({ ...text, origin: 'reference' })),
    ],
    Infinity,
  );
});

writeFileSync(values.key, `${JSON.stringify(drawn, undefined, 1)}\n`);
for (const [index, { kind, text }] of drawn.entries()) {
  process.stdout.write(`${index + 1}\t${kind}\t${text.replaceAll(/\s+/g, ' ')}\n`);
}

function readCheckout(directory: string, patterns: readonly string[]): FoundText[] {
  const files = globSync([...patterns], {
    cwd: directory,
    exclude: (name) => /^(node_modules|vendor|\.git)$/.test(name),
  });
  const texts = files.flatMap((file) => extractTexts(file, readFileSync(join(directory, file), 'utf8')));
  return [...new Map(texts.map((text) => [`${text.kind} ${text.text}`, text])).values()];
}

function isOfTests(file: string): boolean {
  return /(^|\/)(test|tests|__tests__|testdata|e2e)\/|_test\.go$|\.test\.[jt]s$/.test(file);
}

/** Takes at most `count` of the texts, in random order. */
function draw<T>(texts: readonly T[], count: number): T[] {
  const rest = [...texts];
  const taken: T[] = [];
  while (rest.length > 0 && taken.length < count) {
    taken.push(...rest.splice(Math.floor(random() * rest.length), 1));
  }
  return taken;
}

/** Mulberry32, a random number generator that returns the same numbers for the same seed on every machine. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
