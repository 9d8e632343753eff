import { posix } from 'node:path';
import { parseSync, Visitor } from 'rolldown/utils';

/** A file, as the table of rooms names it: below `src`, if it names no other folder. */
export function nameFile(path: string): string {
  return path.replace(/^src\//, '');
}

/**
 * What a file imports, types too: files by the name above, packages as `npm:name`, nothing of Node's own. What is computed
 * while the program runs comes out as a package that nobody has.
 */
export function readImports(path: string, code: string): readonly string[] {
  const found: string[] = [];
  const add = (asked: { readonly start: number; readonly end: number } | null) => {
    if (asked) {
      found.push(code.slice(asked.start, asked.end).replace(/^(['"`])(.*)\1$/, '$2'));
    }
  };
  new Visitor({
    ImportDeclaration: ({ source }) => add(source),
    ExportAllDeclaration: ({ source }) => add(source),
    ExportNamedDeclaration: ({ source }) => add(source),
    ImportExpression: ({ source }) => add(source),
    TSImportType: ({ source }) => add(source),
    TSExternalModuleReference: ({ expression }) => add(expression),
    CallExpression: ({ callee, arguments: [first] }) => {
      if (callee.type === 'Identifier' && callee.name === 'require') {
        add(first ?? null);
      }
    },
  }).visit(parseSync(path, code).program);
  return found
    .filter((asked) => !asked.startsWith('node:'))
    .map((asked) =>
      asked.startsWith('.') ? nameFile(posix.join(posix.dirname(path), asked)) : `npm:${asked}`,
    );
}
