import { CommandError } from './answer.ts';

/** A command and its arguments; one character for each byte. */
export type CommandWords = readonly string[];

export interface CommandReader {
  /** Takes what came, and gives every command that is complete now. @throws {CommandError} after which nothing can be read */
  read(chunk: Buffer): CommandWords[];
}

/** Reads commands from bytes that come in pieces. */
export function createCommandReader(maxArgumentBytes: number): CommandReader {
  let text = '';
  let at = 0;

  /** The number behind `mark`; `undefined` before the line is complete. */
  function readLength(mark: string): number | undefined {
    const end = text.indexOf('\r\n', at);
    if (end < 0) {
      return undefined;
    }
    if (text[at] !== mark) {
      throw new CommandError(`ERR Protocol error: expected '${mark}', got '${text[at]}'`);
    }
    const length = Number(text.slice(at + 1, end));
    at = end + 2;
    return length;
  }

  function readCommand(): CommandWords | undefined {
    const count = readLength('*');
    if (count === undefined) {
      return undefined;
    }
    const words: string[] = [];
    while (words.length < count) {
      const length = readLength('$');
      if (length !== undefined && length > maxArgumentBytes) {
        throw new CommandError('ERR Protocol error: invalid bulk length');
      }
      if (length === undefined || text.length < at + length + 2) {
        return undefined;
      }
      words.push(text.slice(at, at + length));
      at += length + 2;
    }
    return words;
  }

  return {
    read(chunk) {
      text += chunk.toString('latin1');
      const commands: CommandWords[] = [];
      for (;;) {
        at = 0;
        const words = text === '' ? undefined : readCommand();
        if (words === undefined) {
          return commands;
        }
        commands.push(words);
        text = text.slice(at);
      }
    },
  };
}
