import { type RunPlace, wholeRun } from './whole-run.ts';

// One run in a process of its own, which somebody else may kill at any moment. Its argument is a RunPlace as JSON.
await wholeRun(JSON.parse(process.argv[2] ?? '') as RunPlace);
