/** Port: starts a run of the pipeline elsewhere; used only where steps do not follow each other in one process. */
export interface Runs {
  /** Starts a run that ingests files of the lake first. "exists" where a run of that name was started before. */
  start(name: string, keys: readonly string[]): Promise<'started' | 'exists'>;
}
