import { nameFile, readImports } from './read-imports.ts';

/** A row of the table of rooms. Folders end with a slash. All files of a room may import each other. */
export interface Room {
  readonly paths: readonly string[];
  /** Folders, files, and packages in the form `npm:name`. */
  readonly mayImport: readonly string[];
}

export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** Reads the table under the heading "Rooms": rooms, purposes, allowed imports, packages. */
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

/** Finds differences between the files and the table. Each is one sentence. */
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

/** Finds the room of a file. A room inside another room comes after it in the table. */
function findRoom(rooms: readonly Room[], name: string): Room | undefined {
  return rooms.findLast(({ paths }) => paths.some((path) => covers(path, name)));
}

function covers(entry: string, name: string): boolean {
  return name === entry || name.startsWith(entry.endsWith('/') ? entry : `${entry}/`);
}
