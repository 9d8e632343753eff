import type { Mount } from './mount.ts';
import type { OpenFile } from './open-file.ts';

/** Implements the methods of `FileHandle` that `src` calls. */
export class SimulatedHandle {
  readonly #mount: Mount;
  readonly #file: OpenFile;
  #closed: Promise<void> | undefined;

  constructor(mount: Mount, file: OpenFile) {
    this.#mount = mount;
    this.#file = file;
  }

  async read(buffer: Buffer, offset = 0, length = buffer.length - offset, position: number | null = null) {
    const given = this.#mount.disk.givesHalf() ? Math.ceil(length / 2) : length;
    const bytesRead = await this.#mount.call(() =>
      this.#file.read(given, position === -1 ? null : position).copy(buffer, offset),
    );
    return { bytesRead, buffer };
  }

  async write(buffer: Buffer, offset = 0, length = buffer.length - offset, position: number | null = null) {
    // Node does not call the kernel for an empty write.
    if (length === 0) {
      return { bytesWritten: 0, buffer };
    }
    const bytesWritten = await this.#mount.call((share) =>
      this.#file.write(buffer.subarray(offset, offset + length), position, Math.ceil(length * share)),
    );
    return { bytesWritten, buffer };
  }

  async writeFile(data: string | Buffer): Promise<void> {
    const bytes = Buffer.from(data as string);
    for (let written = 0; written < bytes.length; ) {
      const { bytesWritten } = await this.write(bytes, written);
      written += bytesWritten;
    }
  }

  appendFile(data: string | Buffer): Promise<void> {
    return this.writeFile(data);
  }

  truncate(size = 0): Promise<void> {
    return this.#mount.call(() => this.#file.truncate(size));
  }

  sync(): Promise<void> {
    return this.#mount.call(() => this.#file.sync('fsync'), { isSync: true });
  }

  datasync(): Promise<void> {
    return this.#mount.call(() => this.#file.sync('fdatasync'), { isSync: true });
  }

  utimes(_accessed: number, modified: number): Promise<void> {
    return this.#mount.call(() => this.#file.setModified(modified));
  }

  stat(options?: { readonly bigint?: boolean }) {
    return this.#mount.call(() => this.#file.stats(options?.bigint === true));
  }

  /** Closes the handle once. A second call returns the promise of the first call, as in Node. */
  close(): Promise<void> {
    this.#mount.openFiles.delete(this);
    this.#closed ??= this.#mount.call(() => this.#file.close());
    return this.#closed;
  }
}
