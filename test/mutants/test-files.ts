import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nameFile, readImports } from '../static-checks/read-imports.ts';
import type { Mutant } from './mutant.ts';
import type { Reach } from './reach.ts';

/** Test suites that have a command of their own, or that test the mutation run itself. */
const notAsked =
  /^test\/(cluster|chart|image|proxies|consume|real-stores|foreign-broker|season|mutants|bench|matrix)\//;

/** The tests of a vitest project, and the files that these tests import. */
export class TestFiles {
  /** Unit tests. */
  all: readonly string[];
  /** Tests that start brokers and other processes. */
  readonly #slow: readonly string[];
  /** Importers of each file, including tests. The names of the files are those that `nameFile` returns. */
  readonly #importers = new Map<string, Set<string>>();
  /** Duration of each test file on the unchanged code. */
  readonly ranMs = new Map<string, number>();

  constructor(root: string) {
    const rooms = readdirSync(join(root, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    const list = (folder: string) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => /(?<!\.d)\.m?ts$/.test(file))
        .map((file) => `${folder}/${file}`);
    const files = [...list('src'), ...list('test')];
    for (const file of files) {
      for (const imported of readImports(file, readFileSync(join(root, file), 'utf8'))) {
        this.#importers.set(imported, (this.#importers.get(imported) ?? new Set()).add(nameFile(file)));
      }
    }
    const tests = files.filter((file) => file.endsWith('.test.ts')).toSorted();
    const isUnit = (file: string) => rooms.some((room) => file.startsWith(`test/${room}/`));
    this.all = tests.filter(isUnit);
    this.#slow = tests.filter(
      (file) => !isUnit(file) && !notAsked.test(file) && !file.includes('-in-browser'),
    );
  }

  /** Excludes a test that fails on the unchanged code, because this test would also fail for every mutant. */
  leaveOut(file: string, why: string): void {
    process.stderr.write(`# not asked, for it fails on the unchanged code: ${file}: ${why}\n`);
    this.all = this.all.filter((each) => each !== file);
  }

  /** Tests that start brokers or processes and that import the changed file. */
  slowOf({ file }: Mutant): readonly string[] {
    const importers = this.#importersOf(file);
    return this.#slow.filter((test) => importers.has(test));
  }

  /**
   * Tests that reach the mutant. The test of the mutated file comes first, then the tests in the same folder, and then
   * all others. Within each group, faster tests come first.
   */
  thatRun(
    { file }: Pick<Mutant, 'file'>,
    { tests, isLoaded }: Pick<Reach, 'tests' | 'isLoaded'>,
  ): readonly string[] {
    const [room = ''] = file.split('/');
    const isOfRoom = (test: string) => test.startsWith(`test/${room}/`);
    // Code that runs when its module is loaded, such as a constant, counts as reached by every importer.
    const importers = isLoaded
      ? new Set([...this.nearOf({ file }), ...[...this.#importersOf(file)].filter(isOfRoom)])
      : new Set<string>();
    const rank = (test: string) => {
      if (test === `test/${file.replace(/\.ts$/, '.test.ts')}`) {
        return 0;
      }
      return isOfRoom(test) ? 1 : 2;
    };
    return this.all
      .filter((test) => tests.has(test) || importers.has(test))
      .toSorted((a, b) => rank(a) - rank(b) || (this.ranMs.get(a) ?? 0) - (this.ranMs.get(b) ?? 0));
  }

  /** Tests that import the changed file directly or through other files of the same folder. */
  nearOf({ file }: Pick<Mutant, 'file'>): ReadonlySet<string> {
    const [room] = file.split('/');
    return this.#importersOf(file, (each) => each.startsWith(`${room}/`) || each.startsWith('test/support/'));
  }

  /** Finds all files that import a file directly or indirectly. */
  #importersOf(file: string, isPassed: (through: string) => boolean = () => true): ReadonlySet<string> {
    const found = new Set<string>([file]);
    for (const each of found) {
      if (each !== file && !isPassed(each)) {
        continue;
      }
      for (const importer of this.#importers.get(each) ?? []) {
        found.add(importer);
      }
    }
    return found;
  }
}
