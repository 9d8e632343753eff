import { journalStage } from '../../support/states/journal-states.ts';
import { provokedStates } from '../../support/states/provoked-states.ts';
import { testStates } from '../../support/states/test-states.ts';

testStates(provokedStates.Journal, async () => journalStage);
