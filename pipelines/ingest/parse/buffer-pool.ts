/** Buffers that are used again: the memory of fresh ones has to be cleared, and collecting them costs even more. */
export class BufferPool {
  readonly #idle: Buffer[] = [];

  take(bytes: number): Buffer {
    const at = this.#idle.findIndex(({ length }) => length >= bytes);
    const [found] = at < 0 ? [] : this.#idle.splice(at, 1);
    // One that has become too small is not worth keeping.
    if (found === undefined) this.#idle.pop();
    return found ?? Buffer.allocUnsafeSlow(bytes + (bytes >> 3));
  }

  giveBack(buffer: Buffer): void {
    this.#idle.push(buffer);
  }
}
