import type { Disk } from './disk.ts';
import { DiskFile } from './disk-file.ts';
import type { DiskNode, NodeStats } from './disk-node.ts';
import { systemError } from './system-error.ts';

export interface OpenMode {
  readonly canRead: boolean;
  readonly canWrite: boolean;
  readonly appends: boolean;
}

/** An open file description whose calls behave as in a real kernel. */
export class OpenFile {
  readonly #disk: Disk;
  readonly #node: DiskNode;
  readonly #mode: OpenMode;
  #position = 0;
  #isClosed = false;

  constructor(disk: Disk, node: DiskNode, mode: OpenMode) {
    this.#disk = disk;
    this.#node = node;
    this.#mode = mode;
  }

  /** Reads bytes. @param at position in the file, or `null` to read from the current position */
  read(length: number, at: number | null): Buffer {
    const file = this.#file('read', this.#mode.canRead);
    this.#disk.strike('read');
    const bytes = file.read(at ?? this.#position, length);
    this.#position += at === null ? bytes.length : 0;
    return bytes;
  }

  /**
   * Writes bytes.
   *
   * @param mayWrite number of bytes that are written before the process is killed
   * @returns the number of written bytes, which is lower if the disk is full
   */
  write(bytes: Buffer, at: number | null, mayWrite = bytes.length): number {
    const file = this.#file('write', this.#mode.canWrite);
    this.#disk.strike('write');
    const start = this.#mode.appends ? file.size : (at ?? this.#position);
    const grows = Math.max(0, start + bytes.length - file.size);
    const lacking = Math.min(bytes.length, Math.max(0, grows - this.#disk.freeBytes));
    if (bytes.length > 0 && lacking === bytes.length) {
      throw systemError('ENOSPC', 'write');
    }
    const written = Math.min(bytes.length - lacking, mayWrite);
    file.write(bytes.subarray(0, written), start);
    file.modifiedMs = this.#disk.epochMs();
    if (at === null) {
      this.#position = start + written;
    }
    return written;
  }

  truncate(size: number): void {
    const file = this.#file('ftruncate', this.#mode.canWrite, 'EINVAL');
    file.truncate(size);
    file.modifiedMs = this.#disk.epochMs();
  }

  sync(syscall: 'fsync' | 'fdatasync'): void {
    this.#check(syscall);
    const { content } = this.#node;
    try {
      this.#disk.strike('sync', syscall);
    } catch (error) {
      content.failSync(this.#disk.random);
      throw error;
    }
    content.sync();
  }

  setModified(seconds: number): void {
    this.#check('futime');
    this.#disk.checkWritable('futime');
    const { content } = this.#node;
    if (content instanceof DiskFile) {
      content.modifiedMs = seconds * 1000;
    }
  }

  stats(isBig: boolean): NodeStats {
    this.#check('fstat');
    return statsOf(this.#node, isBig);
  }

  close(): void {
    this.#check('close');
    this.#isClosed = true;
  }

  #check(syscall: string): void {
    if (this.#isClosed) {
      throw systemError('EBADF', syscall);
    }
  }

  #file(syscall: string, isAllowed: boolean, otherwise: 'EBADF' | 'EINVAL' = 'EBADF'): DiskFile {
    this.#check(syscall);
    const { content } = this.#node;
    if (!isAllowed) {
      throw systemError(otherwise, syscall);
    }
    if (!(content instanceof DiskFile)) {
      throw systemError('EISDIR', syscall);
    }
    return content;
  }
}

const deviceId = 77;

export function statsOf({ ino, content }: DiskNode, isBig: boolean): NodeStats {
  const isFile = content instanceof DiskFile;
  const size = isFile ? content.size : 4096;
  const mtimeMs = isFile ? content.modifiedMs : 0;
  const kind = { isFile: () => isFile, isDirectory: () => !isFile };
  if (!isBig) {
    return { ...kind, ino, dev: deviceId, size, mtimeMs };
  }
  const mtimeNs = BigInt(Math.round(mtimeMs * 1e6));
  return {
    ...kind,
    ino: BigInt(ino),
    dev: BigInt(deviceId),
    size: BigInt(size),
    mtimeMs: mtimeNs / 1_000_000n,
    mtimeNs,
  };
}
