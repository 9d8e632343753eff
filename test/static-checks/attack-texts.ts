/**
 * A part of a regular expression that can match text of any length, and a text that makes the expression reach this
 * part.
 */
interface Unbounded {
  readonly prefix: string;
  readonly pumps: readonly string[];
}

/**
 * Texts that a part of a regular expression can match, shortest first. A part that matches no characters has only the
 * empty text.
 */
type Samples = readonly string[];

const candidates = 'a0_- ./:=,;"\'(<[{@?*\\!AZTé\n\t'.split('');
const maxSamples = 3;
const nothing: Samples = [''];
const quantifier = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/;
const oneUnit =
  /^(?:\\(?:u\{[^}]*\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[pP]\{[^}]*\}|c[A-Z]|k<\w+>|.)|\[(?:\\.|[^\]\\])*\]|.)/s;
const noWidth = /^(?:[\^$]|\\[bBk1-9])/;

/** Parses a regular expression and finds the parts that can match text of any length. */
class PatternReader {
  readonly unbounded: Unbounded[] = [];
  #rest: string;
  readonly #flags: string;

  constructor({ source, flags }: RegExp) {
    this.#rest = source;
    this.#flags = flags;
    this.#readAlternatives('');
  }

  #take(part: RegExp): string {
    const [taken = ''] = part.exec(this.#rest) ?? [];
    this.#rest = this.#rest.slice(taken.length);
    return taken;
  }

  #readAlternatives(prefix: string): Samples {
    const samples = [this.#readSequence(prefix)];
    while (this.#take(/^\|/) !== '') {
      samples.push(this.#readSequence(prefix));
    }
    return samples;
  }

  #readSequence(prefix: string): string {
    let read = '';
    while (this.#rest !== '' && !/^[|)]/.test(this.#rest)) {
      const samples = this.#readAtom(prefix + read);
      const count = this.#take(quantifier);
      if (/^(?:[*+]|\{\d+,\})/.test(count)) {
        this.unbounded.push({ prefix: prefix + read, pumps: samples });
      }
      read += (samples[0] ?? '').repeat(Number(/^\{(\d+)/.exec(count)?.[1] ?? 1));
    }
    return read;
  }

  #readAtom(prefix: string): Samples {
    const group = this.#take(/^\((?:\?(?:<?[=!]|:|<\w+>))?/);
    if (group !== '') {
      const samples = this.#readAlternatives(prefix);
      this.#take(/^\)/);
      return /[=!]$/.test(group) ? nothing : samples;
    }
    if (noWidth.test(this.#rest)) {
      this.#take(oneUnit);
      return nothing;
    }
    const unit = new RegExp(`^${this.#take(oneUnit)}$`, this.#flags.replaceAll(/[gy]/g, ''));
    const found = [...candidates, ...unit.source.slice(1, -1).split('')].filter((each) => unit.test(each));
    return found.length === 0 ? nothing : found.slice(0, maxSamples);
  }
}

/** Creates texts of any length that may cause a regular expression to backtrack. */
export function listAttacks(pattern: RegExp): readonly ((length: number) => string)[] {
  return new PatternReader(pattern).unbounded.flatMap(({ prefix, pumps }) =>
    pumps.flatMap((pump) =>
      ['!', '\n!', '"\u0000'].flatMap((end) => [
        (length: number) => prefix + pump.repeat(length / Math.max(1, pump.length)) + end,
        (length: number) => (prefix + pump).repeat(length / Math.max(1, prefix.length + pump.length)) + end,
      ]),
    ),
  );
}
