import type { Readable } from 'node:stream';
import { SaxesParser } from 'saxes';

/** What a reader of XML wants to hear; names come without their namespace prefix. */
export interface XmlListener {
  open?(name: string, attributes: Readonly<Record<string, string>>): void;
  text?(text: string): void;
  close?(name: string): void;
}

/** Parses a stream of XML; yields after each chunk so that the caller can pass on what it has gathered. */
export async function* parseXml(stream: Readable, listener: XmlListener): AsyncGenerator<void> {
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes }) => listener.open?.(localName(name), attributes));
  parser.on('text', (text) => listener.text?.(text));
  parser.on('cdata', (text) => listener.text?.(text));
  parser.on('closetag', ({ name }) => listener.close?.(localName(name)));
  parser.on('error', (error) => {
    throw error;
  });
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    parser.write(decoder.decode(chunk, { stream: true }));
    yield;
  }
  parser.close();
  yield;
}

/** The same for parts that are small or that the listener keeps. */
export async function listenToXml(stream: Readable, listener: XmlListener): Promise<void> {
  for await (const _ of parseXml(stream, listener));
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
