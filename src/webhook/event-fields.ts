import { JsonScan, type WantedMember } from './json-scan.ts';
import type { KeyRules, PropertyPath } from './key-rules.ts';

/** A parsed event. The event is valid only until the next event is read with the same `EventFields`. */
export interface EventSlice {
  /** The event's original bytes, a view of the text. */
  readonly bytes: Buffer;
  /** The scanned text. The positions of the fields are indexes into this text. */
  readonly text: Buffer;
  readonly fields: EventFields;
}

/**
 * Finds the members of an event from which its record is built, and contains their positions in the event that was read
 * last. Create one instance per set of rules and reuse it, because creating an instance is slow.
 */
export class EventFields {
  readonly scan = new JsonScan();
  readonly eventId = this.scan.root.want(['eventId']);
  readonly name = this.scan.root.want(['name']);
  readonly timestamp = this.scan.root.want(['timestamp']);
  readonly revision = this.scan.root.want(['revision']);
  readonly apiSpaceId = this.scan.root.want(['apiSpaceId']);
  /** CloudEvents source of the last API space, cached because most events come from the same API space. */
  readonly lastSource = { id: '', urn: '' };
  readonly #rules: KeyRules;
  readonly #places = new Map<readonly PropertyPath[], readonly WantedMember[]>();

  constructor(rules: KeyRules) {
    this.#rules = rules;
    for (const paths of [...rules.families.values(), rules.otherwise]) {
      this.#places.set(
        paths,
        paths.map((path) => this.scan.root.want(path)),
      );
    }
  }

  /** Returns the members that may contain the identifier of the entity, in order of precedence. */
  placesOf(family: string): readonly WantedMember[] {
    const { families, otherwise } = this.#rules;
    return this.#places.get(families.get(family) ?? otherwise) ?? [];
  }
}
