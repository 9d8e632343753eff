import type { Answer } from '../answer.ts';
import type { Change, Keyspace } from '../keyspace.ts';

export interface CommandCall {
  readonly data: Keyspace;
  /** Without the name of the command. */
  readonly args: readonly string[];
  /** By the server's own clock. */
  readonly nowMs: number;
  /** Makes a change; it goes to the file and to replicas as well. */
  change(change: Change): void;
}

/** @throws {CommandError} */
export type RunCommand = (call: CommandCall) => Answer;

export interface Command {
  readonly run: RunCommand;
  readonly writes?: true;
  /** Refused when memory is full. */
  readonly grows?: true;
}
