import type { Warning } from '../domain/alerting/warning.ts';
import { LakeError } from '../domain/errors.ts';
import type { Lake } from '../lake/lake.ts';
import { encode } from './alert-store.ts';

/** Runs before `run` are done, and in `run` the first `done` warnings. */
export interface Position {
  readonly run: number;
  readonly done: number;
}

/** The latest warning of a series that was kept back by a silence, while its trouble is not over. */
export interface Held {
  readonly warning: Warning;
  /** Nothing of this trouble was ever told. */
  readonly untold: boolean;
}

export interface Progress extends Position {
  /** Warnings that will never be delivered, with the reason. */
  readonly given_up: readonly { readonly id: string; readonly reason: string }[];
  readonly held: readonly Held[];
}

/** What else is to be noted with a step. */
export interface ProgressNote {
  readonly hold?: Warning;
  /** A message that was told, or that ends a trouble: what was held of its series is out of date. */
  readonly drop?: Warning;
  readonly givenUp?: { readonly id: string; readonly reason: string };
}

/** The recorded progress of one notifier, moved by compare-and-swap. */
export class ProgressLog {
  readonly #lake: Lake;
  readonly #key: string;
  #progress: Progress;
  #tag: string | undefined;

  private constructor(lake: Lake, key: string, found: { progress: Progress; tag: string | undefined }) {
    this.#lake = lake;
    this.#key = key;
    this.#progress = found.progress;
    this.#tag = found.tag;
  }

  static async open(lake: Lake, notifier: string): Promise<ProgressLog> {
    const key = `alerts/deliveries/${notifier}.json`;
    const stored = await lake.readVersion(key);
    const start: Progress = { run: 1, done: 0, given_up: [], held: [] };
    const found = stored === undefined ? {} : (JSON.parse(new TextDecoder().decode(stored.body)) as Partial<Progress>);
    return new ProgressLog(lake, key, { progress: { ...start, ...found }, tag: stored?.tag });
  }

  get progress(): Progress {
    return this.#progress;
  }

  /** What is held back of the series that a warning is about. */
  heldOf(warning: Warning): Held | undefined {
    return this.#progress.held.find((held) => held.warning.fingerprint === warning.fingerprint);
  }

  /** Notes that the notifier is done with a warning. */
  advance(position: Position, { hold, drop, givenUp }: ProgressNote = {}): Promise<void> {
    const { held, given_up } = this.#progress;
    const series = (hold ?? drop)?.fingerprint;
    const others = held.filter(({ warning }) => warning.fingerprint !== series);
    const untold = hold !== undefined && (this.heldOf(hold)?.untold ?? hold.previous_state === 'ok');
    return this.#write({
      ...position,
      given_up: givenUp === undefined ? given_up : [...given_up, givenUp],
      held: hold === undefined ? others : [...others, { warning: hold, untold }],
    });
  }

  /** Notes that a held warning was told after all. */
  release(id: string): Promise<void> {
    return this.#write({ ...this.#progress, held: this.#progress.held.filter(({ warning }) => warning.id !== id) });
  }

  async #write(next: Progress): Promise<void> {
    if ((await this.#lake.swap(this.#key, encode(JSON.stringify(next)), this.#tag)) === 'lost') {
      throw new LakeError('another process is delivering warnings at the same time', {
        where: `${this.#lake.location}/${this.#key}`,
        next: 'nothing to do: it delivers these as well; run `tidemark evaluate` again to see that nothing is left',
        retryable: true,
      });
    }
    this.#progress = next;
    this.#tag = (await this.#lake.readVersion(this.#key))?.tag;
  }
}
