const maxDateMs = 8.64e15;

/**
 * Formats a time in ISO 8601, UTC. Returns "N ms" for a time outside the range of dates, because a producer may write
 * any number.
 */
export function toIso(epochMs: number): string {
  return Math.abs(epochMs) <= maxDateMs ? new Date(epochMs).toISOString() : `${epochMs} ms`;
}

const durationUnits = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** Formats a duration in its largest unit and the next smaller unit, rounded down, such as `23 h 43 min`. */
export function formatDuration(ms: number): string {
  let seconds = Math.floor(ms / 1_000);
  const firstUnit = durationUnits.findIndex(([, size]) => seconds >= size);
  const parts: string[] = [];
  for (const [name, size] of firstUnit < 0 ? [] : durationUnits.slice(firstUnit, firstUnit + 2)) {
    const count = Math.floor(seconds / size);
    seconds -= count * size;
    if (count > 0) {
      parts.push(`${count} ${name}`);
    }
  }
  return parts.join(' ') || '0 s';
}

const englishNumberFormat = new Intl.NumberFormat('en');

/** Formats a number with grouped digits, and optionally a noun in the singular or plural. @param noun the singular */
export function formatCount(count: number, noun?: string, plural = `${noun}s`): string {
  const digits = englishNumberFormat.format(count);
  return noun === undefined ? digits : `${digits} ${count === 1 ? noun : plural}`;
}

const byteUnits = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

export function formatBytes(bytes: number): string {
  const unitIndex = Math.min(byteUnits.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 1024 ** unitIndex;
  return `${unitIndex === 0 ? value : value.toFixed(1)} ${byteUnits[unitIndex]}`;
}

export function toJsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
