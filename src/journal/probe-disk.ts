import { open, rm } from 'node:fs/promises';

const probeBytes = 64 * 1024;

/** Writes a file, syncs it and removes it. @throws what the disk answers */
export async function probeDisk(file: string): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.write(Buffer.alloc(probeBytes));
    await handle.sync();
  } finally {
    await handle.close();
    await rm(file, { force: true });
  }
}
