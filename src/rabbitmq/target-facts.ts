/** What an argument of a declaration can be. */
export type ArgumentValue = string | number | boolean;

/** What a server tells of a queue or an exchange. Policies, members of a quorum and bindings it does not tell a client. */
export type TargetFacts =
  | { readonly state: 'missing' }
  /** It exists, and no more is known. @param reason for a person */
  | { readonly state: 'hidden'; readonly reason: string }
  | {
      readonly state: 'described';
      readonly durable: boolean;
      readonly autoDelete: boolean;
      /** `x-queue-type` among them; for an exchange its `type`. */
      readonly arguments: ReadonlyMap<string, ArgumentValue>;
      /** A message that was given back so often is dropped. `undefined`: it never is. */
      readonly deliveryLimit: number | undefined;
    };
