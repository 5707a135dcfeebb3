import { answerQuestions } from '../../proof/bench/child-process.ts';
import { type ProcessorsExtent, processors } from '../../proof/bench/processors.ts';

answerQuestions((extent: ProcessorsExtent) => processors.measure(extent));
