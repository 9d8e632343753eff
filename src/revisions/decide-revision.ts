/**
 * What becomes of one event. `forward`: a state later than all seen before. `obsolete`: a later one was forwarded
 * already. `duplicate`: this very one was. `untracked`: nobody can tell, so it is passed on as it is.
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
