/** What makes a URL with a password safe, and what allows it all the same. */
interface PlaintextPassword {
  readonly secureScheme: 'amqps://' | 'rediss://';
  readonly allowVariable: string;
}

/** What to say of a URL whose password would cross the network without TLS. The rule is the one of Kafka's SASL. */
export function describePlaintextPassword({ secureScheme, allowVariable }: PlaintextPassword): string {
  return `has a password and no TLS: the password would cross the network as it is, and so would every event. Give ${secureScheme}; only where nobody else is on the network set ${allowVariable} to true instead.`;
}
