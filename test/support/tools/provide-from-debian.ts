import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv, promisify } from 'node:util';
import { cacheDirectory } from './cache-directory.ts';
import { completeJava } from './complete-java.ts';
import { fixLinks } from './fix-links.ts';
import { type Tool, type ToolSource, toolTable } from './tool-table.ts';
import { unpackDebianPackage } from './unpack-debian-package.ts';
import { writeLauncher } from './write-launcher.ts';

const run = promisify(execFile);
const release = existsSync('/etc/os-release') ? parseEnv(readFileSync('/etc/os-release', 'utf8')) : {};

/**
 * Whether the system is Debian itself. Derivatives do not count, because Ubuntu, for example, packages Chromium as a
 * snap.
 */
export function isDebian(): boolean {
  return release.ID === 'debian';
}

/**
 * Returns the path of the tool in the cache. The first call downloads the package and prints a line on standard error.
 */
export async function provideFromDebian(tool: Tool): Promise<string> {
  const { debianPackage } = toolTable[tool];
  const cache = join(cacheDirectory(), `debian-${release.VERSION_ID}-${process.arch}`);
  const target = join(cache, debianPackage);
  if (!existsSync(target)) {
    process.stderr.write(
      `${tool} is not on the PATH: fetching Debian's ${debianPackage} into ${target}, once\n`,
    );
    await mkdir(cache, { recursive: true });
    await fill(await mkdtemp(join(cache, `${debianPackage}.part-`)), target, debianPackage);
  }
  const launcher = join(target, 'launchers', tool);
  if (!existsSync(launcher)) {
    throw new Error(
      `"${tool}" is neither on the PATH nor in ${target}; delete that to have it fetched anew.`,
    );
  }
  return launcher;
}

/**
 * Fills a temporary directory. The final rename is atomic, so an interrupted download leaves no partial cache, and
 * concurrent downloads do not mix.
 */
async function fill(part: string, target: string, debianPackage: string): Promise<void> {
  try {
    await unpackDebianPackage(debianPackage, part);
    await provideLaunchers(part, debianPackage);
    await rename(part, target);
  } catch (cause) {
    if (!existsSync(target)) {
      throw new Error(`Debian's package ${debianPackage} could not be fetched, or does not run unpacked.`, {
        cause,
      });
    }
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

/**
 * Writes a launcher for each tool in the package, and starts it once to print its version. A broken tool thus fails
 * here, and not later in a test.
 */
async function provideLaunchers(root: string, debianPackage: string): Promise<void> {
  await fixLinks(root);
  for (const [name, source] of Object.entries<ToolSource>(toolTable)) {
    if (source.debianPackage === debianPackage && existsSync(join(root, source.file))) {
      const launcher = await writeLauncher(root, name, source.file);
      if (name === 'java') {
        await completeJava(root, launcher);
      }
      await run(launcher, source.probe);
    }
  }
}
