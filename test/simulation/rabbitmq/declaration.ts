import { AmqpFault } from './amqp-fault.ts';

type Argument = string | number | boolean;

export type Arguments = Readonly<Record<string, Argument>>;

/** The declared properties of a queue or an exchange. */
export interface Declaration {
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly arguments: Arguments;
  /** The type of an exchange. */
  readonly type?: string;
}

/**
 * Rejects a declaration that differs from the existing one.
 * ¶ @param what object name such as `queue 'q' in vhost '/'`
 * @throws {AmqpFault} with the first difference, in the wording of RabbitMQ 4
 */
export function refuseDifference(what: string, wanted: Declaration, current: Declaration): void {
  for (const [name, field] of [
    ['type', 'type'],
    ['durable', 'durable'],
    ['auto_delete', 'autoDelete'],
  ] as const) {
    if (wanted[field] !== current[field]) {
      throw inequivalent(name, what, `'${wanted[field]}'`, `'${current[field]}'`);
    }
  }
  const [wantedArguments, currentArguments] = [wanted, current].map(toArguments) as [Arguments, Arguments];
  const names = new Set([...Object.keys(currentArguments), ...Object.keys(wantedArguments)]);
  for (const name of [...names].toSorted()) {
    const received = wantedArguments[name];
    const present = currentArguments[name];
    if (received !== present) {
      // If only one of the two values exists, RabbitMQ reports the existing value with its type.
      const describe = received === undefined || present === undefined ? describeWithType : quote;
      throw inequivalent(name, what, describe(received), describe(present));
    }
  }
}

/** Returns the arguments of a queue. Every queue has a type. */
function toArguments({ type, arguments: all }: Declaration): Arguments {
  return type === undefined ? { 'x-queue-type': 'classic', ...all } : all;
}

function inequivalent(name: string, what: string, received: string, current: string): AmqpFault {
  return new AmqpFault(
    406,
    `inequivalent arg '${name}' for ${what}: received ${received} but current is ${current}`,
  );
}

const quote = (value: Argument | undefined) => `'${value ?? ''}'`;

function describeWithType(value: Argument | undefined): string {
  return value === undefined ? 'none' : `the value '${value}' of type '${typeOf(value)}'`;
}

/** Returns the AMQP type in which amqplib encodes a value. */
function typeOf(value: Argument): string {
  if (typeof value !== 'number') {
    return typeof value === 'boolean' ? 'bool' : 'longstr';
  }
  const size = Math.abs(value);
  return size < 2 ** 7 ? 'byte' : size < 2 ** 15 ? 'short' : size < 2 ** 31 ? 'signedint' : 'long';
}
