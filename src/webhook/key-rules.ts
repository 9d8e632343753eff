/** A path of property names from the event's root, for example `['payload', 'messageId']`. */
export type PropertyPath = readonly string[];

/** Maps event families to the possible paths of the entity's identifier, in order of precedence. */
export interface KeyRules {
  readonly families: ReadonlyMap<string, readonly PropertyPath[]>;
  /** Identifier paths for event families that are not listed. */
  readonly otherwise: readonly PropertyPath[];
}

/**
 * The default rules. The provider documents no common rule: outbound and inbound messages have `messageId`, app messaging has
 * `payload.messageId` and conversation identifiers, and some samples have `payload.id`.
 */
export const defaultKeyRulesText = [
  'conversation=payload.conversationId,payload.id,conversationId,payload.context.conversationId',
  'profile=payload.profileId,payload.id,profileId',
  'chat=payload.chatId,payload.id,chatId',
  'chatMessage=payload.messageId,payload.id,payload.chatId',
  '*=payload.messageId,payload.id',
].join(';');

/**
 * Parses `family=path,path;family=path;*=path`. The event family is the part of an event's name before its first dot.
 * `*` stands for every other event family and is required.
 *
 * @returns the rules, or a sentence about the problem
 */
export function parseKeyRules(text: string): KeyRules | string {
  const families = new Map<string, readonly PropertyPath[]>();
  for (const [index, rule] of text.split(';').entries()) {
    const [, family, places] = /^\s*([\w*-]+)\s*=\s*(\S+)\s*$/.exec(rule) ?? [];
    if (family === undefined || places === undefined) {
      return `rule ${index + 1} does not have the form family=path,path`;
    }
    const paths = places.split(',').map((place) => place.split('.'));
    if (paths.some((path) => path.includes(''))) {
      return `the family "${family}" has an empty property name`;
    }
    if (families.has(family)) {
      return `the family "${family}" occurs twice`;
    }
    families.set(family, paths);
  }
  const defaultPaths = families.get('*');
  if (defaultPaths === undefined) {
    return 'the rule for "*" (all other families) is missing';
  }
  families.delete('*');
  return { families, otherwise: defaultPaths };
}
