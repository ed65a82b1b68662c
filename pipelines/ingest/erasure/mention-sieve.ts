import { eachMention, type MentionKind } from './mentions.ts';
import { type Look, siftPhones } from './phone-sieve.ts';

/** Distinct texts that may be a phone or a mail; phones of nothing but ASCII digits are by themselves, they are most of all. */
export type Mentions = Readonly<Record<MentionKind | 'digits', ReadonlySet<string>>>;

/**
 * All that `eachMention` finds in the lines of a UTF-8 text. Its expressions look only at the few places where digits follow
 * each other closely, or where an @ stands; the other bytes are passed over once.
 */
export function siftMentions(text: Buffer): Mentions {
  const found = { phone: new Set<string>(), email: new Set<string>(), digits: new Set<string>() };
  const look = (from: number, to: number): void =>
    eachMention(text.toString('utf8', from, to), (kind, mention) => found[kind].add(mention));
  siftPhones(text, found.digits, look);
  siftMails(text, look);
  return found;
}

const atSign = 0x40;
/** ASCII characters that end a mail on either side. Mails may touch: `a@b.cn138@c.cn` are two. */
const endsMail = new Uint8Array(256);
endsMail.fill(1, 0, 0x21);
for (const letter of '"\'<>(),;:') endsMail[letter.charCodeAt(0)] = 1;

function siftMails(text: Buffer, look: Look): void {
  let last: Buffer | undefined;
  let to = 0;
  for (let place = text.indexOf(atSign); place >= 0; place = text.indexOf(atSign, to)) {
    let from = place;
    while (from > 0 && endsMail[text[from - 1] as number] === 0) from -= 1;
    to = place + 1;
    while (to < text.length && endsMail[text[to] as number] === 0) to += 1;
    const mail = text.subarray(from, to);
    // Lines of one order follow each other.
    if (last === undefined || !last.equals(mail)) look(from, to);
    last = mail;
  }
}
