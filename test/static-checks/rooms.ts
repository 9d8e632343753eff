import { nameFile, readImports } from './read-imports.ts';

/**
 * A row of the table that defines module areas ("rooms") and their allowed imports. Folders end with a slash. All files
 * of one area may import each other.
 */
export interface Room {
  readonly paths: readonly string[];
  /** Folders, files and packages that the area may import. Packages have the form `npm:name`. */
  readonly mayImport: readonly string[];
}

export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Reads the table under the heading "Rooms". Its columns are the area, its purpose, the allowed imports and the
 * packages.
 */
export function readRooms(page: string): readonly Room[] {
  const [section = ''] = /^## Rooms\n.*?(?=^## )/ms.exec(page) ?? [];
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const [, paths = [], , rooms = [], packages = []] = line.split('|').map(listNames);
      return { paths, mayImport: [...rooms, ...packages.map((name) => `npm:${name}`)] };
    });
}

function listNames(cell: string): readonly string[] {
  return Array.from(cell.matchAll(/`([^`]+)`/g), ([, name = '']) => name);
}

/** Compares the imports of the files with the table. Returns one sentence for each difference. */
export function findBreaches(rooms: readonly Room[], files: readonly TextFile[]): readonly string[] {
  const imports = files.flatMap(({ path, text }) =>
    readImports(path, text).map((to) => ({ path, room: findRoom(rooms, nameFile(path)), to })),
  );
  const homeless = files
    .filter(({ path }) => findRoom(rooms, nameFile(path)) === undefined)
    .map(({ path }) => `${path} is in no room`);
  const refused = imports.flatMap(({ path, room, to }) => {
    const other = findRoom(rooms, to);
    if (room === undefined || room === other) {
      return [];
    }
    if (!room.mayImport.some((entry) => covers(entry, to))) {
      return [`${path} may not import ${to}`];
    }
    return other && rooms.indexOf(other) < rooms.indexOf(room)
      ? [`${path} imports ${to}, a room above it`]
      : [];
  });
  const unused = rooms.flatMap((room) =>
    room.mayImport
      .filter((entry) => !imports.some((each) => each.room === room && covers(entry, each.to)))
      .map((entry) => `${room.paths.join(', ')} may import ${entry}, and does not: take it out of the table`),
  );
  return [...homeless, ...refused, ...unused];
}

/** Finds the module area of a file. If areas are nested, the inner area is later in the table and wins. */
function findRoom(rooms: readonly Room[], name: string): Room | undefined {
  return rooms.findLast(({ paths }) => paths.some((path) => covers(path, name)));
}

function covers(entry: string, name: string): boolean {
  return name === entry || name.startsWith(entry.endsWith('/') ? entry : `${entry}/`);
}
