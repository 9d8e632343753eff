/** What records are published to. */
export type PublishTarget =
  | { readonly kind: 'queue'; readonly name: string }
  /** It routes by the record's key. */
  | { readonly kind: 'exchange'; readonly name: string };

export function nameTarget({ kind, name }: PublishTarget): string {
  return `the ${kind} ${name}`;
}
