import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const directory = new URL('../../docs/runbooks/', import.meta.url).pathname;
/** Matches inline code that contains a command: a program with arguments. */
const inlineCommands = /`((?:kubectl|helm|kcat|curl|\.\/comapi-webhook) [^`]+)`/g;
const commandBlocks = /^ *```sh\n(.*?)^ *```/gms;

/** Reads the pages of docs/runbooks and their commands in order. Words in capital letters are placeholders. */
export function readRunbooks() {
  return readdirSync(directory).map((file) => {
    const text = readFileSync(join(directory, file), 'utf8');
    return { file, text, commands: readCommands(text) };
  });
}

/**
 * Matches commands that a test cannot run: abbreviated commands with an ellipsis, Kafka scripts, and calls of the
 * provider's API.
 */
const notRunnable = /(install|upgrade|comapi-webhook) …|=\{…\}|\bkafka-[a-z-]+\.sh |comapi-webhook reconcile/;

function readCommands(text: string): string[] {
  const blocks = [...text.matchAll(commandBlocks)].map(({ 1: block = '', index }) => ({ index, block }));
  const inline = [...text.matchAll(inlineCommands)].map(({ 1: code = '', index }) => ({
    index,
    // On a rendered page, a line break appears as a space.
    block: code.replaceAll(/\s+/g, ' '),
  }));
  return [...blocks, ...inline]
    .toSorted((a, b) => a.index - b.index)
    .map(({ block }) => block.trim())
    .filter((command) => !notRunnable.test(command));
}
