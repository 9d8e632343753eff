/**
 * Finds the known name with the smallest edit distance, up to `maxDistance`. If several names are equally near,
 * returns the first of them.
 */
export function findNearest(
  name: string,
  known: Iterable<string>,
  maxDistance: number = chooseMaxDistance(name),
): string | undefined {
  let nearest: string | undefined;
  let distance = maxDistance + 1;
  for (const each of known) {
    const editCount = Math.abs(each.length - name.length) < distance ? editDistance(name, each) : distance;
    if (editCount < distance) {
      [nearest, distance] = [each, editCount];
    }
  }
  return nearest;
}

const unitSuffix =
  /_(?:MS|MILLIS|MILLISECONDS|S|SECS?|SECONDS?|MINS?|MINUTES?|HOURS?|DAYS?|BYTES?|[KMG]I?B)$/;

/** Finds the known name that differs only in a unit suffix, such as `_MS`. One of the two names may lack the suffix. */
export function findNameWithOtherUnit(name: string, known: Iterable<string>): string | undefined {
  const nameWithoutUnit = name.replace(unitSuffix, '');
  for (const each of known) {
    if (each !== name && each.replace(unitSuffix, '') === nameWithoutUnit) {
      return each;
    }
  }
  return undefined;
}

/** Returns the default maximum distance, which is smaller for short names because every letter counts in a short name. */
function chooseMaxDistance(name: string): number {
  return name.length < 5 ? 1 : 2;
}

/**
 * Returns the number of letters to insert, delete, replace, or swap with a neighbour to turn one text into the other (optimal
 * string alignment distance).
 */
export function editDistance(from: string, to: string): number {
  let rowBeforePrevious: number[] = [];
  let previousRow = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const currentRow = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const isSameCharacter = from[row - 1] === to[column - 1];
      const isTransposition = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      currentRow[column] = Math.min(
        distanceAt(previousRow, column) + 1,
        distanceAt(currentRow, column - 1) + 1,
        distanceAt(previousRow, column - 1) + (isSameCharacter ? 0 : 1),
        isTransposition ? distanceAt(rowBeforePrevious, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [rowBeforePrevious, previousRow] = [previousRow, currentRow];
  }
  return distanceAt(previousRow, to.length);
}

function distanceAt(distances: readonly number[], column: number): number {
  return distances[column] ?? Number.POSITIVE_INFINITY;
}
