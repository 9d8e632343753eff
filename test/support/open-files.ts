import { readdirSync, readlinkSync } from 'node:fs';

/** Lists the open files of this process below a directory (proc(5)). */
export function openFilesIn(directory: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const file = readlinkSync(`/proc/self/fd/${fd}`);
      return file.startsWith(directory) ? [file] : [];
    } catch {
      return [];
    }
  });
}
