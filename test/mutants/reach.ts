import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSource, visit } from './make-mutants.ts';
import type { Mutant } from './mutant.ts';
import { loadLabel, scenarioLabel } from './recorder.ts';

/** Start and end of a block, or of an arrow function's body that is an expression. */
interface Body {
  readonly start: number;
  readonly end: number;
  readonly isBlock: boolean;
}

/** The tests and scenarios that reach a mutant. */
export interface Reach {
  /**
   * Test files that reach the mutant. If `isLoaded` is true, the mutated code runs when its module is loaded, so every
   * test that imports the file reaches it.
   */
  readonly tests: ReadonlySet<string>;
  readonly scenarios: ReadonlySet<string>;
  readonly isLoaded: boolean;
}

/** Instruments the code so that each block that contains a mutant calls the recorder. */
export class ReachRecorder {
  /**
   * Number of the block that contains each mutant. If the mutated code runs when its module is loaded, this is the
   * number of the file.
   */
  readonly #blockOf = new Map<Mutant, number>();
  readonly #files = new Set<number>();
  #count = 0;

  instrument(source: string, mutants: readonly Mutant[]): void {
    for (const [file, own] of Map.groupBy(mutants, (mutant) => mutant.file)) {
      const path = join(source, file);
      writeFileSync(path, this.#instrumentText(readFileSync(path, 'utf8'), own));
    }
  }

  #instrumentText(text: string, mutants: readonly Mutant[]): string {
    const bodies = findBodies(text);
    const wholeFile: Body = { start: -1, end: text.length, isBlock: true };
    const numbers = new Map<Body, number>();
    for (const mutant of mutants) {
      const body =
        bodies.findLast(({ start, end }) => start <= mutant.start && mutant.end <= end) ?? wholeFile;
      const number = numbers.get(body) ?? this.#count++;
      numbers.set(body, number);
      this.#blockOf.set(mutant, number);
      if (body === wholeFile) {
        this.#files.add(number);
      }
    }
    const insertions = [...numbers].flatMap(([{ start, end, isBlock }, number]) =>
      isBlock
        ? [{ at: start + 1, text: `globalThis.noteReached?.(${number});` }]
        : [
            { at: start, text: `(globalThis.noteReached?.(${number}),` },
            { at: end, text: ')' },
          ],
    );
    // Inserts code from the end of the file to its start, so that earlier positions stay valid. Of two insertions at
    // the same position, the later entry in the list belongs to the inner block.
    return insertions
      .map((each, index) => ({ ...each, index }))
      .toSorted((a, b) => b.at - a.at || b.index - a.index)
      .reduce((whole, { at, text: added }) => whole.slice(0, at) + added + whole.slice(at), text);
  }

  /** Reads the output of the recorder. @param lines lines that consist of a label, a tab and a block number */
  read(mutants: readonly Mutant[], lines: string): ReadonlyMap<Mutant, Reach> {
    const reached = new Map<number, Set<string>>();
    for (const line of new Set(lines.split('\n'))) {
      const [label = '', number] = line.split('\t');
      if (number !== undefined) {
        reached.set(Number(number), (reached.get(Number(number)) ?? new Set()).add(label));
      }
    }
    return new Map(
      mutants.map((mutant) => {
        const block = this.#blockOf.get(mutant) as number;
        const labels = [...(reached.get(block) ?? [])];
        const named = (prefix: string) =>
          labels.filter((label) => label.startsWith(prefix)).map((label) => label.slice(prefix.length));
        return [
          mutant,
          {
            tests: new Set(
              labels
                .filter((label) => label.endsWith('.test.ts'))
                .map((label) => label.replace(loadLabel, '')),
            ),
            scenarios: new Set(named(scenarioLabel)),
            isLoaded: this.#files.has(block) || named(loadLabel).length > 0,
          },
        ];
      }),
    );
  }
}

/** Finds the bodies of functions and blocks. An outer body comes before the bodies that it contains. */
function findBodies(text: string): readonly Body[] {
  const bodies: Body[] = [];
  visit(parseSource(text), undefined, (node, parent) => {
    const isBlock = node.type === 'BlockStatement';
    if (isBlock || (parent?.type === 'ArrowFunctionExpression' && parent.body === node)) {
      bodies.push({ start: node.start, end: node.end, isBlock });
    }
  });
  return bodies;
}
