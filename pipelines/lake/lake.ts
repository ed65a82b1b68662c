/** A version tag of an object, as a store hands it out; opaque to callers. */
export type VersionTag = string;

/**
 * Object store port. Keys are relative, `/`-separated and may hold any Unicode text. Objects are immutable unless written
 * by `swap`. Every write is atomic: a reader sees the whole object or none, also when the writer is killed.
 */
export interface Lake {
  /** Human-readable place, for messages. */
  readonly location: string;
  /** The object's bytes, or undefined where there is none. */
  read(key: string): Promise<Uint8Array | undefined>;
  /** Bytes with the version tag that `swap` needs. */
  readVersion(key: string): Promise<{ readonly body: Uint8Array; readonly tag: VersionTag } | undefined>;
  /** Writes a new object; "exists" (and nothing written) where the key is taken. Exactly one of several racers creates. */
  create(key: string, body: Uint8Array): Promise<'created' | 'exists'>;
  /** Compare-and-swap: replaces the object whose tag is `expected` (undefined: creates it); "lost" where it changed meanwhile. */
  swap(key: string, body: Uint8Array, expected: VersionTag | undefined): Promise<'swapped' | 'lost'>;
  /** Moves a finished local file in under a key that is unique to its writer; overwriting equal bytes is harmless. */
  putFile(key: string, localPath: string): Promise<void>;
  /** Makes an object under another key with the same bytes, which never pass through this machine where the store can help it. */
  copy(from: string, to: string): Promise<void>;
  /** A local path with the object's bytes for engines that read files; never to be written to. */
  localPath(key: string): Promise<string>;
  /** All objects under a prefix, in key order. */
  list(prefix: string): AsyncIterable<{ readonly key: string; readonly bytes: number; readonly modifiedAt: Date }>;
  /** Removes objects; missing ones are no error. */
  remove(keys: readonly string[]): Promise<void>;
  /**
   * Removes for good what a store keeps of overwritten and removed objects under a prefix; present objects stay. Answers
   * how many such versions there were: none in a store that keeps no versions.
   */
  forgetHistory(prefix: string): Promise<number>;
  /** A private local folder on the lake's own volume where possible, for files on their way in. */
  scratch(): Promise<string>;
}
