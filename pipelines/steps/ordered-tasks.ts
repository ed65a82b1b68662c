/** Resolves once everything that was begun before has ended well. */
export type Turn = () => Promise<void>;

/** Nobody waits for the result of a task that hears this. */
class Stopped extends Error {}

/** Runs tasks side by side that are to look as if they ran one after the other: turns and results come in the order of their beginning. */
export class OrderedTasks<T> {
  readonly #running: Promise<T>[] = [];
  #before: Promise<unknown> = Promise.resolve();
  #isStopped = false;

  /** What others may see of a task, it does in its turn. A task that fails lets none of the later ones have theirs. */
  begin(task: (turn: Turn) => Promise<T>): void {
    const before = this.#before;
    const own = task(async () => {
      await before;
      if (this.#isStopped) throw new Stopped();
    });
    this.#before = Promise.all([before, own]);
    // A failure is told when the result is taken.
    this.#before.catch(() => {});
    this.#running.push(own);
  }

  /** The results of the tasks that were begun first, until no more than `left` are running. */
  async *results(left: number): AsyncGenerator<T> {
    while (this.#running.length > left) yield await (this.#running.shift() as Promise<T>);
  }

  /** Ends what is running without giving it a turn. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.allSettled(this.#running);
  }
}
