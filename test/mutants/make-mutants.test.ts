import { describe, expect, test } from 'vitest';
import { makeMutants } from './make-mutants.ts';
import { applyMutant } from './mutant.ts';

/** Every changed text that the rules make of a text. */
function mutate(text: string): readonly string[] {
  return makeMutants('x.ts', text).map((mutant) => applyMutant(text, mutant));
}

describe('the rules change', () => {
  test.each([
    ['a condition', 'if (ready) go();', ['if (!(ready)) go();', 'if (ready) ;']],
    ['a condition that is turned already', 'if (!ready) ;', ['if (ready) ;']],
    ['the border of a comparison', 'const a = b < c;', ['const a = b <= c;']],
    ['an operator, and no parentheses', 'const a = (b ?? c) < d;', ['const a = (b ?? c) <= d;']],
    [
      'an equality that is a whole condition, once',
      'const a = b === c ? d : e;',
      ['const a = !(b === c) ? d : e;'],
    ],
    ['"and"', 'const a = b && c;', ['const a = (b) || (c);']],
    ['a number and a truth', 'const a = [1, true];', ['const a = [2, true];', 'const a = [1, false];']],
    ['plus, but not of texts', "const a = b + c + 'd';", ["const a = b - c + 'd';"]],
    ['an await', 'const a = await b;', ['const a = b;']],
    ['the order of two arguments', 'const a = f(b, c, d);', ['const a = f(c, b, d);']],
    ['no order of the greatest', 'const a = Math.max(b, c);', []],
    ['no order of the same', 'const a = f(b, b);', []],
    ['a statement that throws', 'throw error;', [';']],
  ])('%s', (_, text, expected) => {
    expect(mutate(text)).toEqual(expected);
  });

  test('no type and no import', () => {
    expect(mutate("import { a } from './a.ts';\ninterface B { c: 1 }\ntype D = true;\n")).toEqual([]);
  });

  test('the code inside an assertion of a type', () => {
    expect(mutate('const a = (1 as number)!;')).toEqual(['const a = (2 as number)!;']);
  });
});

test('a change knows its line', () => {
  expect(makeMutants('x.ts', 'const a = b;\nconst c = 1;\n').map(({ line }) => line)).toEqual([2]);
});
