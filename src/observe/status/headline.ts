import { filterStates } from './filter-states.ts';
import { findStates } from './process-state.ts';
import { receiverStates } from './receiver-states.ts';
import type { FilterFacts, ReceiverFacts } from './status-report.ts';

/** Returns the most severe state of a receiver, and all other states that are not good. */
export const decideReceiverHeadline = (facts: ReceiverFacts) => findStates(receiverStates, facts);

/** Returns the most severe state of a revision filter, and all other states that are not good. */
export const decideFilterHeadline = (facts: FilterFacts) => findStates(filterStates, facts);
