import { lstat, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative } from 'node:path';

/** Makes absolute links of unpacked packages, such as links to `/etc/…`, relative if their target was also unpacked. */
export async function fixLinks(root: string): Promise<void> {
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const link = join(entry.parentPath, entry.name);
    if (entry.isSymbolicLink()) {
      const target = await readlink(link);
      if (isAbsolute(target) && (await exists(join(root, target)))) {
        await rm(link);
        await symlink(relative(dirname(link), join(root, target)), link);
      }
    }
  }
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
