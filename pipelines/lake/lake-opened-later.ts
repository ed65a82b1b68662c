import type { Lake } from './lake.ts';

/** A lake that is opened on its first use: a client whose packages take long to load costs nothing where nobody asks. */
export function openLater(location: string, open: () => Promise<Lake>): Lake {
  let opened: Promise<Lake> | undefined;
  const lake = () => {
    opened ??= open();
    return opened;
  };
  return {
    location,
    read: async (key) => (await lake()).read(key),
    readVersion: async (key) => (await lake()).readVersion(key),
    create: async (key, body) => (await lake()).create(key, body),
    swap: async (key, body, expected) => (await lake()).swap(key, body, expected),
    putFile: async (key, localPath) => (await lake()).putFile(key, localPath),
    copy: async (from, to) => (await lake()).copy(from, to),
    localPath: async (key) => (await lake()).localPath(key),
    async *list(prefix) {
      yield* (await lake()).list(prefix);
    },
    remove: async (keys) => (await lake()).remove(keys),
    forgetHistory: async (prefix) => (await lake()).forgetHistory(prefix),
    scratch: async () => (await lake()).scratch(),
  };
}
