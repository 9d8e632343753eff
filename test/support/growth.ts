const shortest = 16 * 1024;
const megabyte = 1024 * 1024;
const quarter = 4;
/**
 * Maximum ratio of the costs of two successive text lengths, of which the second is four times the first. The cost of a
 * linear step grows by a factor of 4, and the cost of a quadratic step by a factor of 16.
 */
const maxTimes = 9;
/**
 * Time that garbage collection and compilation may add. A result above this limit is measured again over a longer
 * period.
 */
const noiseMs = 15;
/** Duration of a long measurement. Some machines count CPU time in steps of up to ten milliseconds. */
const longMs = 300;

/**
 * Runs a step on increasingly long texts, up to a megabyte. Compares the CPU time for each text with the CPU time for a
 * text of a quarter of its length.
 *
 * @param make creates a text of about this many characters
 * @returns the first length at which the cost grows much faster than the text, with both costs
 */
export function findSteepStep(
  make: (length: number) => string,
  step: (text: string) => unknown,
  longest = megabyte,
) {
  const isSteep = (cpuMs: number, quarterMs: number) => cpuMs > maxTimes * quarterMs + noiseMs;
  let quarterMs = measure(make(shortest / quarter), step);
  for (let length = shortest; length <= longest; length *= quarter) {
    let cpuMs = measure(make(length), step);
    if (isSteep(cpuMs, quarterMs)) {
      quarterMs = measure(make(length / quarter), step, longMs);
      cpuMs = measure(make(length), step, longMs);
    }
    if (isSteep(cpuMs, quarterMs)) {
      return { length, cpuMs, quarterMs };
    }
    quarterMs = cpuMs;
  }
  return undefined;
}

/** Measures the cost of one run, as the average of enough runs to last at least `leastMs`. */
function measure(text: string, step: (text: string) => unknown, leastMs = 0): number {
  const before = process.threadCpuUsage();
  let count = 0;
  for (;;) {
    step(text);
    count += 1;
    const { user, system } = process.threadCpuUsage(before);
    const cpuMs = (user + system) / 1000;
    if (cpuMs >= leastMs) {
      return cpuMs / count;
    }
  }
}

const repeat = (unit: string) => (length: number) => unit.repeat(Math.ceil(length / unit.length));

/** Texts that cause excessive backtracking in regular expressions. */
export const nastyTexts: readonly (readonly [what: string, make: (length: number) => string])[] = [
  ['base64', repeat('aGVsbG8gd29ybGQhQUJDREVGR0g')],
  ['digits', repeat('7')],
  ['digits that no word ends', repeat('(1-')],
  ['digits and blanks', repeat('1 ')],
  ['at signs', repeat('@')],
  ['at signs between letters', repeat('a@')],
  ['an address that never ends', (length) => `zoe@${'a.'.repeat(length / 2)}`],
  ['dots', repeat('.')],
  ['blanks', repeat(' ')],
  ['line ends', repeat('\r\n')],
  ['blanks and a letter', (length) => `${' '.repeat(length)}x`],
  ['quotes', repeat('"')],
  ['apostrophes', repeat("'")],
  ['backslashes', repeat('\\')],
  ['escapes', repeat('\\u0041')],
  ['open brackets', repeat('[')],
  ['open braces', repeat('{"a":')],
  ['nested lists', (length) => `${'['.repeat(length / 2)}${']'.repeat(length / 2)}`],
  ['slashes', repeat('/')],
  ['URLs', repeat('http://x')],
  ['a URL of one host', (length) => `https://${'a'.repeat(length)}`],
  ['control characters', repeat('\u0000\u001b')],
  ['half characters', repeat('\ud800')],
  ['commas', repeat(',')],
  ['equal signs', repeat('a=')],
  ['stars', repeat('*')],
  ['words', repeat('ab ')],
];
