import { constants } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { Disk } from './disk.ts';
import { DiskFile } from './disk-file.ts';
import type { DiskNames } from './disk-names.ts';
import type { DiskNode, NodeStats } from './disk-node.ts';
import { OpenFile, statsOf } from './open-file.ts';
import { type ErrorCode, systemError } from './system-error.ts';

type Names = DiskNames<DiskNode>;

/**
 * File-system calls that take a path, with the behaviour of a real kernel. Paths are relative to the mount point of a
 * process.
 */
export class FileTree {
  readonly #disk: Disk;
  readonly #mountPoint: string;

  constructor(disk: Disk, mountPoint: string) {
    this.#disk = disk;
    this.#mountPoint = mountPoint;
  }

  open(path: string, flags: number): OpenFile {
    const fail = (code: ErrorCode) => systemError(code, 'open', path);
    const access = flags & (constants.O_RDONLY | constants.O_WRONLY | constants.O_RDWR);
    const canWrite = access !== constants.O_RDONLY;
    const { names, name, node } = this.#find(path, fail);
    if (node !== undefined && (flags & constants.O_EXCL) !== 0) {
      throw fail('EEXIST');
    }
    if (node === undefined && ((flags & constants.O_CREAT) === 0 || names === undefined)) {
      throw fail('ENOENT');
    }
    if (canWrite) {
      this.#disk.checkWritable('open', path);
    }
    const opened = node ?? this.#create(names as Names, name, fail);
    if (opened.content instanceof DiskFile) {
      if ((flags & constants.O_TRUNC) !== 0 && opened.content.size > 0) {
        opened.content.truncate(0);
      }
    } else if (canWrite) {
      throw fail('EISDIR');
    }
    const canRead = access !== constants.O_WRONLY;
    return new OpenFile(this.#disk, opened, {
      canRead,
      canWrite,
      appends: (flags & constants.O_APPEND) !== 0,
    });
  }

  stats(path: string, syscall: 'stat' | 'access', isBig: boolean): NodeStats {
    return statsOf(this.#existing(path, syscall), isBig);
  }

  list(path: string): string[] {
    const { content } = this.#existing(path, 'scandir');
    if (content instanceof DiskFile) {
      throw systemError('ENOTDIR', 'scandir', path);
    }
    // Sorts directory entries by a hash of the name, as ext4 does, so that tests detect code that relies on the order.
    return content.list().toSorted((one, other) => crc32(one) - crc32(other));
  }

  rename(from: string, to: string): void {
    const fail = (code: ErrorCode) => systemError(code, 'rename', from, to);
    const source = this.#find(from, fail);
    const target = this.#find(to, fail);
    if (source.node === undefined || target.names === undefined) {
      throw fail('ENOENT');
    }
    this.#disk.checkWritable('rename', from, to);
    if (source.names !== target.names) {
      throw new Error(`${from} cannot be renamed to another directory: nothing under test does that`);
    }
    if (source.node !== target.node) {
      target.names.rename(source.name, target.name);
    }
  }

  remove(path: string): void {
    const fail = (code: ErrorCode) => systemError(code, 'lstat', path);
    const { names, name, node } = this.#find(path, fail);
    if (node === undefined) {
      throw fail('ENOENT');
    }
    this.#disk.checkWritable('rm', path);
    names?.remove(name);
  }

  makeDirectory(path: string): void {
    const fail = (code: ErrorCode) => systemError(code, 'mkdir', path);
    const { names, name, node } = this.#find(path, fail);
    if (node !== undefined || names === undefined) {
      throw fail(node === undefined ? 'ENOENT' : 'EEXIST');
    }
    this.#disk.checkWritable('mkdir', path);
    names.put(name, this.#disk.createDirectory());
  }

  #create(names: Names, name: string, fail: (code: ErrorCode) => Error): DiskNode {
    // On some file systems, a file can still be created when there is no space left for data.
    if (this.#disk.freeBytes === 0 && this.#disk.random.chance(0.5)) {
      throw fail('ENOSPC');
    }
    const node = this.#disk.createFile();
    names.put(name, node);
    return node;
  }

  #existing(path: string, syscall: string): DiskNode {
    const fail = (code: ErrorCode) => systemError(code, syscall, path);
    const { node } = this.#find(path, fail);
    if (node === undefined) {
      throw fail('ENOENT');
    }
    return node;
  }

  /**
   * Looks up a path.
   *
   * @returns the `names` of the parent directory, or no `names` if the parent directory does not exist
   */
  #find(path: string, fail: (code: ErrorCode) => Error) {
    const parts = path
      .slice(this.#mountPoint.length)
      .split('/')
      .filter((part) => part !== '' && part !== '.');
    let node: DiskNode | undefined = this.#disk.root;
    let names: Names | undefined;
    let name = '';
    if (this.#disk.troubles.isAway && parts.length > 0) {
      return { names: undefined, name: parts.at(-1) ?? '', node: undefined };
    }
    for (const part of parts) {
      if (node?.content instanceof DiskFile) {
        throw fail('ENOTDIR');
      }
      names = node?.content;
      name = part;
      node = names?.get(part);
    }
    return { names, name, node };
  }
}
