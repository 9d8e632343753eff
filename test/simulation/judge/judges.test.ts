import { testHistories } from '../../faults/verdict/test-histories.ts';
import { commandHistories } from './histories/commands.ts';
import { kafkaHistories } from './histories/kafka.ts';
import { roundHistories, verdictHistories } from './histories/round.ts';
import { sinkHistories } from './histories/sink.ts';
import { stateHistories } from './histories/states.ts';

testHistories('of rounds with receivers', roundHistories);
testHistories('of rounds of real faults', verdictHistories);
testHistories('of commands', commandHistories);
testHistories('of states', stateHistories);
testHistories('of what Kafka keeps', kafkaHistories);
testHistories('of rounds with a sink', sinkHistories);
