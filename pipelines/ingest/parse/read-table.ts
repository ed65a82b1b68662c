import type { Detection } from '../detect/dialect.ts';
import { RecordReader } from './record-reader.ts';
import { TableAssembler } from './table-assembler.ts';
import type { TableBatch, TableReading } from './table-batch.ts';

export type ByteChunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Reads a table file as its detection says: bytes in chunks of any size → batches of records, in bounded memory. */
export function readTable(chunks: ByteChunks, detection: Detection): TableReading {
  const assembler = new TableAssembler(detection.dialect, detection.layout);
  return {
    batches: readBatches(chunks, detection, assembler),
    notes: () => [...detection.notes, ...assembler.book.notes()],
  };
}

async function* readBatches(
  chunks: ByteChunks,
  { dialect, layout }: Detection,
  assembler: TableAssembler,
): AsyncGenerator<TableBatch> {
  const decoder = new TextDecoder(dialect.encoding);
  const reader = new RecordReader(dialect, { width: layout.width });
  const decode = (chunk?: Uint8Array): string => {
    const text = chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    if (text.includes('\ufffd')) assembler.book.add('undecodable', undefined, text.split('\ufffd').length - 1);
    return text;
  };
  for await (const chunk of chunks) {
    yield* assembler.push(reader.push(decode(chunk)));
    reader.width = assembler.width;
  }
  yield* assembler.push([...reader.push(decode()), ...reader.end()]);
  yield* assembler.end();
}
