import { closeSync, copyFileSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encodeGb18030 } from './gb18030.ts';

export type ExportEncoding = 'utf-8' | 'utf-8-bom' | 'gb18030' | 'latin1';

/** One export file while it is being written. */
export interface ExportFile {
  readonly name: string;
  /** Appends whole records; nothing may be written after `close`. */
  write(text: string): void;
  close(): void;
}

/** Where the example exports go. Names may hold folders, parted by `/`. */
export interface ExportFolder {
  open(name: string, encoding: ExportEncoding): ExportFile;
  /** Delivers a closed file once more under another name, byte for byte. */
  copy(name: string, copyName: string): void;
}

const chunkLength = 1 << 16;

/** Writes into a folder on disk. Writes wait for the disk: a slow one holds the generator back, memory stays level. */
export function openExportFolder(folder: string): ExportFolder {
  return {
    open(name, encoding) {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      const descriptor = openSync(path, 'w');
      let pending = encoding === 'utf-8-bom' ? '\ufeff' : '';
      const flush = (): void => {
        writeWhole(descriptor, encode(pending, encoding));
        pending = '';
      };
      return {
        name,
        write(text) {
          pending += text;
          if (pending.length >= chunkLength) flush();
        },
        close() {
          flush();
          closeSync(descriptor);
        },
      };
    },
    copy(name, copyName) {
      copyFileSync(join(folder, name), join(folder, copyName));
    },
  };
}

function encode(text: string, encoding: ExportEncoding): Buffer {
  if (encoding === 'gb18030') return encodeGb18030(text);
  return Buffer.from(text, encoding === 'latin1' ? 'latin1' : 'utf8');
}

function writeWhole(descriptor: number, bytes: Buffer): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(descriptor, bytes, written);
}
