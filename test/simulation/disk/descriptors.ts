import type { OpenFile } from './open-file.ts';

/** The machine itself never has so many. */
const firstDescriptor = 1_000_000;

/** Numbers for open files of simulated disks. */
export class Descriptors {
  readonly #files: OpenFile[] = [];

  add(file: OpenFile): number {
    this.#files.push(file);
    return firstDescriptor + this.#files.length - 1;
  }

  /** @returns `undefined` when the number is one of the machine itself */
  get(descriptor: unknown): OpenFile | undefined {
    return this.#files[Number(descriptor) - firstDescriptor];
  }
}
