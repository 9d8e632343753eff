import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { isDebian, provideFromDebian } from './provide-from-debian.ts';
import { type Tool, toolTable } from './tool-table.ts';

/**
 * Returns the path of an executable from the `PATH`. If the tool is missing on Debian, the function unpacks it into
 * this project's cache. On other systems, it throws an error with installation instructions. A test that needs a tool
 * is never skipped.
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

/** Returns installation instructions for systems on which the tests cannot provide the tools. */
export function toInstallHint(tools: readonly Tool[]): string {
  const names = (key: 'brew' | 'debianPackage') =>
    [...new Set(tools.map((tool) => toolTable[tool][key]))].join(' ');
  return process.platform === 'darwin'
    ? `Install with: brew install ${names('brew')}`
    : `Install first what these packages of Debian have: ${names('debianPackage')}`;
}

function findOnPath(tool: Tool): string | undefined {
  const given = tool === 'chromium' ? process.env.CHROMIUM_PATH : undefined;
  // On Debian, the default PATH of a normal user does not contain the directory of server programs.
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
