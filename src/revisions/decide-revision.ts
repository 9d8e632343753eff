/**
 * What happens to one event.
 *
 * - `forward`: its state is later than every state before
 * - `obsolete`: a later state was forwarded already
 * - `duplicate`: the same state was forwarded already
 * - `untracked`: it cannot be compared, so it is forwarded
 */
export type Decision = 'forward' | 'obsolete' | 'duplicate' | 'untracked';

/**
 * @param known highest revision seen of the entity; `undefined` when it is new
 * @param revision of the event; `undefined` when it has none, or belongs to no entity
 */
export function decideRevision(known: bigint | undefined, revision: bigint | undefined): Decision {
  if (revision === undefined) {
    return 'untracked';
  }
  if (known === undefined || revision > known) {
    return 'forward';
  }
  return revision === known ? 'duplicate' : 'obsolete';
}
