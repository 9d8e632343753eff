import type { DiskFile } from './disk-file.ts';
import type { DiskNames } from './disk-names.ts';

/** An inode of the simulated disk. */
export interface DiskNode {
  readonly ino: number;
  readonly content: DiskFile | DiskNames<DiskNode>;
}

export interface NodeStats {
  readonly ino: number | bigint;
  readonly dev: number | bigint;
  readonly size: number | bigint;
  readonly mtimeMs: number | bigint;
  readonly mtimeNs?: bigint;
  isFile(): boolean;
  isDirectory(): boolean;
}
