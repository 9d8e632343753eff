import { posix } from 'node:path';
import { parseSync, Visitor } from 'rolldown/utils';

/**
 * Returns the name of a file as in the table of module areas. The name is relative to `src`. Files in other folders
 * keep their path.
 */
export function nameFile(path: string): string {
  return path.replace(/^src\//, '');
}

/**
 * Lists the imports of a file, including type imports. Imported files have the name that `nameFile` returns, and
 * packages have the form `npm:name`. Node modules are not listed. An import whose name is computed at run time is
 * listed as a package that does not exist.
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
