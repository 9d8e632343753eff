import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { isDebian, provideFromDebian } from './provide-from-debian.ts';
import { type Tool, toolTable } from './tool-table.ts';

/**
 * Returns the path of an executable: from the PATH, or on Debian from this project's cache, where it is unpacked the first
 * time. On other systems, it throws an error that says what to install. A test that needs a tool is never skipped.
 */
export async function provideTool(tool: Tool): Promise<string> {
  const found = findOnPath(tool);
  if (found !== undefined) {
    return found;
  }
  if (isDebian()) {
    return provideFromDebian(tool);
  }
  throw new Error(`The tests need "${tool}", which is not on the PATH. ${toInstallHint([tool])}`);
}

/** Returns installation instructions, for systems on which the tests do not provide the tools themselves. */
export function toInstallHint(tools: readonly Tool[]): string {
  const names = (key: 'brew' | 'debianPackage') =>
    [...new Set(tools.map((tool) => toolTable[tool][key]))].join(' ');
  return process.platform === 'darwin'
    ? `Install with: brew install ${names('brew')}`
    : `Install first what these packages of Debian have: ${names('debianPackage')}`;
}

function findOnPath(tool: Tool): string | undefined {
  const given = tool === 'chromium' ? process.env.CHROMIUM_PATH : undefined;
  // On Debian, the PATH of an ordinary user does not contain the directory of servers.
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];
  return given || directories.map((directory) => join(directory, tool)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
