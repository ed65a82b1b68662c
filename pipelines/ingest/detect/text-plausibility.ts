import { japanese, korean, simplifiedChinese, traditionalChinese } from './frequent-letters.ts';

/** A letter beyond ASCII between its neighbours, and how often it stands there. The edges of a text count as line ends. */
export interface PlacedLetter {
  readonly letter: string;
  readonly before: string;
  readonly after: string;
  count: number;
}

/** How much a letter looks like language: 1 for a frequent one of it, 0 and less for what nobody writes. */
type LetterWorth = (letter: string) => number;

const latin = /\p{Script=Latin}/u;
const frequentWorth = 1;
const commonWorth = 0.6;
const punctuationWorth = 0.6;
const otherWorth = 0.25;
const rareWorth = 0;
const impossibleWorth = -1;

const eastAsianPunctuation = /[\u3000-\u3011\uff01-\uff5e\u00b7\u2014\u2018\u2019\u201c\u201d\u2026¥￥\u00d7\u2103]/;
const impossible = /[\p{Co}\p{Cn}\p{Cc}\ufffd]/u;

/** Letters that an encoding keeps in its block of common ones: the standards sorted them that way. */
function blockLetters(label: string, [from, to]: readonly [number, number], trails: readonly number[]): Set<string> {
  const decoder = new TextDecoder(label);
  const letters = new Set<string>();
  for (let lead = from; lead <= to; lead += 1) {
    for (const trail of trails) letters.add(decoder.decode(Uint8Array.of(lead, trail)));
  }
  letters.delete('\ufffd');
  return letters;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

function eastAsianWorth(frequent: string, common: () => Set<string>): LetterWorth {
  const most = new Set(frequent);
  let block: Set<string> | undefined;
  return (letter) => {
    if (most.has(letter)) return frequentWorth;
    if (eastAsianPunctuation.test(letter)) return punctuationWorth;
    if (impossible.test(letter)) return impossibleWorth;
    block ??= common();
    return block.has(letter) ? commonWorth : rareWorth;
  };
}

const kana = /[\u3041-\u3096\u30a1-\u30fc]/;
const halfKana = /[\uff61-\uff9f]/;

function japaneseWorth(common: () => Set<string>): LetterWorth {
  const kanji = eastAsianWorth(japanese, common);
  return (letter) => {
    if (kana.test(letter)) return frequentWorth;
    return halfKana.test(letter) ? rareWorth : kanji(letter);
  };
}

/** `home`: the letters beyond ASCII of a language, the more frequent ones first. */
function alphabetWorth(home: string, script: RegExp): LetterWorth {
  const homes = new Map<string, number>();
  // Accents are few in any text; letters of another alphabet are all of it, and rare ones rare.
  const slope = script === latin ? 0.1 : 0.45;
  for (const [at, letter] of [...home].entries()) {
    const worth = 0.95 - (slope * at) / home.length;
    homes.set(letter, worth).set(letter.toUpperCase(), worth);
  }
  return (letter) => homes.get(letter) ?? otherWorth;
}

/** What a letter is worth in any language of a script where it stands; undefined where that is for the language to say. */
function placeWorth({ letter, before, after }: PlacedLetter, script: RegExp): number | undefined {
  if (impossible.test(letter)) return impossibleWorth;
  if (!/[\p{L}\p{M}]/u.test(letter)) return symbolWorth(letter, before, after);
  return script.test(letter) && fitsWord(letter, before, after) ? undefined : rareWorth;
}

const asciiLetter = /[A-Za-z]/;

/** Latin words have accents here and there, other scripts no Latin letters; capitals do not follow small letters. */
function fitsWord(letter: string, before: string, after: string): boolean {
  const hasLatinBeside = asciiLetter.test(before) || asciiLetter.test(after);
  if (/\p{Lu}/u.test(letter) && /\p{Ll}/u.test(before)) return false;
  const hasOtherBeside = before > '\u007f' || after > '\u007f';
  if (!latin.test(letter)) return hasOtherBeside && !hasLatinBeside;
  return hasLatinBeside && !(before > '\u007f' && after > '\u007f');
}

/** Signs of ordinary text stand between words, and beside numbers; inside a word they betray a wrong reading. */
function symbolWorth(letter: string, before: string, after: string): number {
  if (/\p{L}/u.test(before) && /\p{L}/u.test(after)) return /[’'·]/.test(letter) ? punctuationWorth : rareWorth;
  return /[£€¥§©®°²³½¼¾µ«»“”‘’‚„…–—•™·¿¡×±№\u00a0]/.test(letter) ? punctuationWorth : rareWorth;
}

const everyTrail = [...range(0x40, 0x7e), ...range(0xa1, 0xfe)];

/** An encoding, and what text of its languages looks like. */
export interface LegacyText {
  readonly encoding: string;
  /** Mean worth of the letters of a decoded text, in the language that fits it best. */
  plausibility(letters: readonly PlacedLetter[]): number;
}

function eastAsianText(encoding: string, worth: LetterWorth): LegacyText {
  return { encoding, plausibility: (letters) => worthOf(letters, worth) / countOf(letters) };
}

function alphabetText(encoding: string, script: RegExp, homes: readonly string[]): LegacyText {
  const languages = homes.map((home) => alphabetWorth(home, script));
  return {
    encoding,
    plausibility(letters) {
      let sum = 0;
      const own: PlacedLetter[] = [];
      for (const placed of letters) {
        const worth = placeWorth(placed, script);
        if (worth === undefined) own.push(placed);
        else sum += worth * placed.count;
      }
      return (sum + Math.max(...languages.map((worth) => worthOf(own, worth)))) / countOf(letters);
    },
  };
}

function worthOf(letters: readonly PlacedLetter[], worth: LetterWorth): number {
  let sum = 0;
  for (const { letter, count } of letters) sum += worth(letter) * count;
  return sum;
}

function countOf(letters: readonly PlacedLetter[]): number {
  return letters.reduce((sum, { count }) => sum + count, 0);
}

const alphabets: readonly (readonly [encoding: string, script: RegExp, homes: readonly string[]])[] = [
  [
    'windows-1252',
    latin,
    ['éèàêçùâîôûëïœ', 'üäöß', 'óíáéñúü', 'ãçáéõíóúâêôà', 'åäöæøé', 'àèùòìé', 'éëïöüè', 'íáéðóþæúöý'],
  ],
  ['windows-1250', latin, ['łąężśóćńź', 'áíěéčýřžšůúňťďóľôäĺŕ', 'áéöóőüíúű', 'ăîşâţ', 'čžšćđ']],
  ['windows-1251', /\p{Script=Cyrillic}/u, ['оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё', 'оаиентврсілкмудпзяьбгйчхцїєжшющфґ']],
  ['koi8-r', /\p{Script=Cyrillic}/u, ['оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё']],
  ['windows-1253', /\p{Script=Greek}/u, ['αοιετσνηυρπκλμςάίέόδήγχωθύφώβξζψϊϋ']],
  ['windows-1254', latin, ['ışğçüöâî']],
  ['windows-1255', /\p{Script=Hebrew}/u, ['יוהלאמרתבשנםעדקחפטצגכזסךןףץ']],
  ['windows-1256', /\p{Script=Arabic}/u, ['اليمنوتربةعدسفهكقأحجشطصىخإذزثضغئءؤظآ']],
  ['windows-1257', latin, ['āīēšņķļūžģč', 'ėšųąįžūčę', 'äõüöšž']],
  ['windows-874', /\p{Script=Thai}/u, ['านรกอเงมยลวดท่สตะปบ้คหแจพชขใไุโืัี์ึูิถซผธฟญ๊๋']],
];

/** Readings that are tried where a file is no Unicode; of equals the earlier wins. */
export const legacyTexts: readonly LegacyText[] = [
  eastAsianText(
    'gb18030',
    eastAsianWorth(simplifiedChinese, () => blockLetters('gb18030', [0xb0, 0xd7], range(0xa1, 0xfe))),
  ),
  eastAsianText(
    'big5',
    eastAsianWorth(traditionalChinese, () => blockLetters('big5', [0xa4, 0xc6], everyTrail)),
  ),
  eastAsianText(
    'shift_jis',
    japaneseWorth(() => blockLetters('shift_jis', [0x88, 0x97], range(0x40, 0xfc))),
  ),
  eastAsianText(
    'euc-jp',
    japaneseWorth(() => blockLetters('euc-jp', [0xb0, 0xcf], range(0xa1, 0xfe))),
  ),
  eastAsianText(
    'euc-kr',
    eastAsianWorth(korean, () => blockLetters('euc-kr', [0xb0, 0xc8], range(0xa1, 0xfe))),
  ),
  ...alphabets.map(([encoding, script, homes]) => alphabetText(encoding, script, homes)),
];

/** The letters of a text beyond ASCII by their places: exports say the same again and again, and each is judged once. */
export function lettersBeyondAscii(text: string): PlacedLetter[] {
  const places = new Map<string, PlacedLetter>();
  const inLines = `\n${text}\n`;
  let from = 0;
  for (let at = 1; at < inLines.length - 1; ) {
    const to = at + widthAt(inLines, at);
    if (inLines.charCodeAt(at) > 0x7f) {
      const end = to + widthAt(inLines, to);
      const place = inLines.slice(from, end);
      const known = places.get(place);
      if (known === undefined) places.set(place, placed(inLines, [from, at, to, end]));
      else known.count += 1;
    }
    from = at;
    at = to;
  }
  return [...places.values()];
}

function placed(text: string, [from, at, to, end]: readonly [number, number, number, number]): PlacedLetter {
  return { letter: text.slice(at, to), before: text.slice(from, at), after: text.slice(to, end), count: 1 };
}

/** A character beyond the first plane takes two places of a string. */
function widthAt(text: string, at: number): number {
  return (text.codePointAt(at) as number) > 0xffff ? 2 : 1;
}
