import { type Progress, startOfDelivery } from '../domain/alerting/delivery-plan.ts';
import { LakeError } from '../domain/errors.ts';
import type { Lake } from '../lake/lake.ts';
import { encode } from './alert-store.ts';

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
    const found = stored === undefined ? {} : (JSON.parse(new TextDecoder().decode(stored.body)) as Partial<Progress>);
    return new ProgressLog(lake, key, { progress: { ...startOfDelivery, ...found }, tag: stored?.tag });
  }

  get progress(): Progress {
    return this.#progress;
  }

  /** Records a step; warnings that were given up stay on the list, whatever the step says. */
  async write(next: Progress, givenUp: Progress['given_up'] = []): Promise<void> {
    const progress = { ...next, given_up: [...this.#progress.given_up, ...givenUp] };
    if ((await this.#lake.swap(this.#key, encode(JSON.stringify(progress)), this.#tag)) === 'lost') {
      throw new LakeError('another process is delivering warnings at the same time', {
        where: `${this.#lake.location}/${this.#key}`,
        next: 'nothing to do: it delivers these as well; run `tidemark evaluate` again to see that nothing is left',
        retryable: true,
      });
    }
    this.#progress = progress;
    this.#tag = (await this.#lake.readVersion(this.#key))?.tag;
  }
}
