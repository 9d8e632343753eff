import { type Answer, CommandError, ok, pong, queued } from './answer.ts';
import type { Step } from './append-only-file.ts';
import type { CommandWords } from './command-reader.ts';
import type { Command } from './commands/command.ts';
import { keyCommands } from './commands/key-commands.ts';
import { streamCommands } from './commands/stream-commands.ts';
import type { Change, Keyspace } from './keyspace.ts';
import type { Block, RedisSession } from './redis-session.ts';
import { findRefusal, type RefusalFacts } from './refusals.ts';

export interface ExecutorDeps {
  readonly facts: () => RefusalFacts;
  readonly data: () => Keyspace;
  readonly nowMs: () => number;
  /** What one command or transaction has changed: all of it or nothing gets into the file. */
  readonly onStep: (step: Step, session: RedisSession, by: readonly CommandWords[]) => void;
  /** Commands about the server itself. */
  readonly questions: Readonly<Record<string, Question>>;
}

/** @throws {CommandError} */
export type Question = (session: RedisSession, args: readonly string[]) => Answer | { readonly block: Block };

const transactionCommands: Readonly<Record<string, Command>> = Object.fromEntries(
  ['AUTH', 'SELECT', 'PING', 'MULTI', 'EXEC'].map((name) => [name, { run: () => null }]),
);

/** Carries out commands on the data of a server, one at a time. */
export function createExecutor({ facts, data, nowMs, onStep, questions }: ExecutorDeps) {
  const commands: Readonly<Record<string, Command>> = {
    ...streamCommands,
    ...keyCommands,
    ...transactionCommands,
    ...Object.fromEntries(Object.keys(questions).map((name) => [name, { run: () => null }])),
  };

  function runOne([name = '', ...args]: CommandWords, step: Change[]): Answer {
    const change = (each: Change) => {
      each(data());
      step.push(each);
    };
    return answerOf(() => (commands[name] as Command).run({ data: data(), args, nowMs: nowMs(), change }));
  }

  function runAll(session: RedisSession, all: readonly CommandWords[]): Answer[] {
    const step: Change[] = [];
    const answers = all.map((words) => runOne(words, step));
    onStep(step, session, all);
    return answers;
  }

  function execute(
    session: RedisSession,
    [first = '', ...args]: CommandWords,
  ): Answer | { readonly block: Block } {
    const name = first.toUpperCase();
    if (!session.isLoggedIn && name !== 'AUTH') {
      return new CommandError('NOAUTH Authentication required.');
    }
    const command = commands[name];
    if (command === undefined) {
      return refuse(
        session,
        new CommandError(
          `ERR unknown command '${first}', with args beginning with: ${args.map((arg) => `'${arg}' `).join('')}`,
        ),
      );
    }
    const refusal = findRefusal(name, command, facts());
    if (refusal !== undefined) {
      return refuse(session, refusal);
    }
    if (name === 'EXEC') {
      return endTransaction(session);
    }
    if (session.transaction !== undefined) {
      session.transaction.commands.push([name, ...args]);
      return queued;
    }
    return runAlone(session, name, args);
  }

  function runAlone(
    session: RedisSession,
    name: string,
    args: readonly string[],
  ): ReturnType<typeof execute> {
    switch (name) {
      case 'AUTH':
        return logIn(session, args);
      case 'SELECT':
        return ok;
      case 'PING':
        return pong;
      case 'MULTI':
        session.transaction = { commands: [], isBroken: false };
        return ok;
    }
    const question = questions[name];
    if (question !== undefined) {
      return answerOf(() => question(session, args));
    }
    return runAll(session, [[name, ...args]])[0] as Answer;
  }

  function refuse(session: RedisSession, error: CommandError): CommandError {
    if (session.transaction !== undefined) {
      session.transaction.isBroken = true;
    }
    return error;
  }

  function logIn(session: RedisSession, args: readonly string[]): Answer {
    const { password } = facts().conditions;
    if (password === '') {
      return new CommandError(
        'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
      );
    }
    if (args.at(-1) !== password || (args.length > 1 && args[0] !== 'default')) {
      return new CommandError('WRONGPASS invalid username-password pair or user is disabled.');
    }
    session.isLoggedIn = true;
    return ok;
  }

  function endTransaction(session: RedisSession): Answer {
    const { transaction } = session;
    session.transaction = undefined;
    if (transaction === undefined) {
      return new CommandError('ERR EXEC without MULTI');
    }
    if (transaction.isBroken) {
      return new CommandError('EXECABORT Transaction discarded because of previous errors.');
    }
    const all = transaction.commands.map(([name = '']) => commands[name]);
    const command: Command = {
      run: () => null,
      ...(all.some((each) => each?.writes) && { writes: true as const }),
      ...(all.some((each) => each?.grows) && { grows: true as const }),
    };
    const refusal = findRefusal('EXEC', command, facts());
    return refusal === undefined
      ? runAll(session, transaction.commands)
      : new CommandError(`EXECABORT Transaction discarded because of: ${refusal.message}`);
  }

  return execute;
}

function answerOf<T>(ask: () => T): T | CommandError {
  try {
    return ask();
  } catch (error) {
    if (error instanceof CommandError) {
      return error;
    }
    throw error;
  }
}
