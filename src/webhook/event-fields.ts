import { JsonScan } from './json-scan.ts';
import type { KeyRules, PropertyPath } from './key-rules.ts';
import type { WantedMember } from './wanted-members.ts';

/** An event that was read. It holds until the next one is read with the same fields. */
export interface EventSlice {
  /** The event's own bytes, a view into the text. */
  readonly bytes: Buffer;
  /** What was scanned: the places of the fields are indexes of this. */
  readonly text: Buffer;
  readonly fields: EventFields;
}

/**
 * The members of an event that a record is made of, and where the last event had them. Made once for the same rules: making
 * takes longer than using it.
 */
export class EventFields {
  readonly scan = new JsonScan();
  readonly eventId = this.scan.root.want(['eventId']);
  readonly name = this.scan.root.want(['name']);
  readonly timestamp = this.scan.root.want(['timestamp']);
  readonly revision = this.scan.root.want(['revision']);
  readonly apiSpaceId = this.scan.root.want(['apiSpaceId']);
  /** The last identifier of an API space as a source. Most events are of one. */
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

  /** Where the identifier of the entity may be, in order. */
  placesOf(family: string): readonly WantedMember[] {
    const { families, otherwise } = this.#rules;
    return this.#places.get(families.get(family) ?? otherwise) ?? [];
  }
}
