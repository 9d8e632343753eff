import type { Random } from '../world/random.ts';
import { DiskFile } from './disk-file.ts';
import { DiskNames } from './disk-names.ts';
import type { DiskNode } from './disk-node.ts';
import { type DiskTroubles, noTroubles } from './disk-troubles.ts';
import { systemError } from './system-error.ts';

export interface DiskDeps {
  readonly random: Random;
  /** Returns the current time of the machine's clock. */
  readonly epochMs: () => number;
  /**
   * If set to n, one in n reads returns only half of the available bytes, as on a network file system. If absent, every
   * read is complete.
   */
  readonly readsToHalf?: number;
}

/** An in-memory disk with injected faults. The disk outlives the processes that use it. */
export class Disk {
  readonly root: DiskNode;
  readonly random: Random;
  readonly epochMs: () => number;
  troubles: DiskTroubles = noTroubles();
  #lastIno = 0;
  readonly #readsToHalf: number;
  #reads = 0;

  constructor({ random, epochMs, readsToHalf = Number.POSITIVE_INFINITY }: DiskDeps) {
    this.#readsToHalf = readsToHalf;
    this.random = random;
    this.epochMs = epochMs;
    this.root = this.createDirectory();
  }

  createFile(): DiskNode {
    return { ino: this.#nextIno(), content: new DiskFile(this.epochMs()) };
  }

  createDirectory(): DiskNode {
    return { ino: this.#nextIno(), content: new DiskNames() };
  }

  get usedBytes(): number {
    return this.listFiles().reduce((sum, [, { size }]) => sum + size, 0);
  }

  get freeBytes(): number {
    return Math.max(0, this.troubles.capacityBytes - this.usedBytes);
  }

  /** Lists all files by path and ignores any faults of the disk. */
  listFiles({ content }: DiskNode = this.root, name = ''): (readonly [name: string, DiskFile])[] {
    return content instanceof DiskFile
      ? [[name, content]]
      : content.list().flatMap((each) => this.listFiles(content.get(each), each));
  }

  /** Throws an EIO error with the configured probability. */
  strike(kind: 'sync' | 'write' | 'read', syscall: string = kind): void {
    const share = this.troubles.failing[kind];
    if (share > 0 && this.random.chance(share)) {
      throw systemError('EIO', syscall);
    }
  }

  givesHalf(): boolean {
    this.#reads += 1;
    return this.#reads % this.#readsToHalf === 0;
  }

  /** Checks that the disk is writable. @throws an EROFS error if the disk is read-only */
  checkWritable(syscall: string, path?: string, dest?: string): void {
    if (this.troubles.isReadOnly) {
      throw systemError('EROFS', syscall, path, dest);
    }
  }

  /** Simulates a power loss, after which only a part of the unsynced changes survives. */
  crash(): void {
    crashNode(this.root, this.random);
  }

  #nextIno(): number {
    this.#lastIno += 1;
    return this.#lastIno;
  }
}

/** Simulates a power loss for one inode. If a directory is lost, its contents are lost too. */
function crashNode({ content }: DiskNode, random: Random): void {
  content.crash(random);
  if (content instanceof DiskNames) {
    for (const node of content.values()) {
      crashNode(node, random);
    }
  }
}
