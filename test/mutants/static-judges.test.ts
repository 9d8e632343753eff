import { expect, test } from 'vitest';
import { makeMutants } from './make-mutants.ts';
import { checkUnchanged, toBatches } from './static-judges.ts';

test('no two changes of a batch are in one file', () => {
  const of = (file: string) => makeMutants(file, 'const a = [1, 2, 3];').slice(0, file === 'x.ts' ? 3 : 1);
  const batches = toBatches([...of('x.ts'), ...of('y.ts')]);
  expect(batches.map((batch) => batch.map(({ file }) => file))).toEqual([
    ['x.ts', 'y.ts'],
    ['x.ts'],
    ['x.ts'],
  ]);
});

test('code that is wrong without any change is not judged', async () => {
  const mutants = makeMutants('x.ts', 'const a = 1;');
  const outputs: Record<string, string> = {};
  const asked: string[][] = [];
  const workplace = {
    directory: '/tmp',
    async run(command: string, args: readonly string[]) {
      asked.push([command, ...args.filter((each) => each.startsWith('src/'))]);
      const output = outputs[command] ?? '';
      return { code: output === '' ? 0 : 1, output };
    },
  };
  await checkUnchanged(workplace, [...mutants, ...mutants]);
  expect(asked).toEqual([['tsc'], ['oxlint', 'src/x.ts']]);
  outputs.oxlint = 'src/x.ts:1:7: unused';
  await expect(checkUnchanged(workplace, mutants)).rejects.toThrow(
    'Without any change: src/x.ts:1:7: unused',
  );
  outputs.tsc = "test/y.test.ts(1,2): error TS2322: Type 'string'";
  await expect(checkUnchanged(workplace, mutants)).rejects.toThrow('Without any change: test/y.test.ts(1,2)');
  await expect(checkUnchanged(workplace, [])).resolves.toBeUndefined();
});
