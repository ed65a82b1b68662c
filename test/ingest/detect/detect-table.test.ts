import { describe, expect, it } from 'vitest';
import { readText } from '../parse/read-back.ts';

const header = ['Tag', 'Filiale', 'Brote', 'Umsatz', 'Bemerkung'];
const body = [
  ['2024-03-01', 'Nord 1', '120', '348.50', 'ruhig'],
  ['2024-03-02', 'Nord 1', '95', '271.00', 'Regen, kaum Gäste'],
  ['2024-03-03', 'Hafen 2', '210', '640.25', 'Markt "am Kai"'],
  ['2024-03-04', 'Hafen 2', '180', '522.10', ''],
  ['2024-03-05', 'Nord 1', '101', '300.00', 'Ofen 5" größer'],
];
const table = [header, ...body];
const clean = `Tag,Filiale,Brote,Umsatz,Bemerkung
2024-03-01,Nord 1,120,348.50,ruhig
2024-03-02,Nord 1,95,271.00,"Regen, kaum Gäste"
2024-03-03,Hafen 2,210,640.25,"Markt ""am Kai"""
2024-03-04,Hafen 2,180,522.10,
2024-03-05,Nord 1,101,300.00,"Ofen 5"" größer"
`;

describe('a clean table', () => {
  it('is read without a note', async () => {
    const read = await readText(clean);
    expect(read.tables).toEqual([table]);
    expect(read.notes).toEqual([]);
  });

  it('keeps quoted line breaks inside their cell', async () => {
    const read = await readText('id,text,n\n1,"one\ntwo, three",5\n2,four,6\n3,five,7\n');
    expect(read.tables[0]?.[1]).toEqual(['1', 'one\ntwo, three', '5']);
    expect(read.codes).toEqual([]);
  });
});

describe('delimiters, quotes and line ends', () => {
  it.each([
    [';', ';'],
    ['\t', '\t'],
    ['|', '|'],
    [', ', ', '],
    ['||', '||'],
  ])('finds fields separated by %j', async (delimiter, expected) => {
    const text = clean.replaceAll(/"(?:[^"]|"")*"|,/g, (part) => (part === ',' ? delimiter : part));
    const read = await readText(text);
    expect(read.detection.dialect.delimiter).toBe(expected);
    expect(read.tables).toEqual([table]);
    expect(read.codes).toContain('delimiter');
  });

  it('finds apostrophes used as quotes, with apostrophes inside words', async () => {
    const read = await readText("'day','what'\n'2024-03-01','it''s, so to say'\n'2024-03-02','plain'\n");
    expect(read.tables).toEqual([
      [
        ['day', 'what'],
        ['2024-03-01', "it's, so to say"],
        ['2024-03-02', 'plain'],
      ],
    ]);
    expect(read.codes).toEqual(['quote']);
  });

  it('reads quotes behind backslashes', async () => {
    const read = await readText('n,said\n1,"he said \\"no\\", twice"\n2,"C:\\\\bin"\n');
    expect(read.tables[0]?.slice(1)).toEqual([
      ['1', 'he said "no", twice'],
      ['2', 'C:\\bin'],
    ]);
    expect(read.codes).toEqual(['escape']);
  });

  it('reads old Macintosh line ends', async () => {
    const read = await readText(clean.replaceAll('\n', '\r'));
    expect(read.tables).toEqual([table]);
    expect(read.codes).toEqual(['line_ends']);
  });

  it('reads line ends of three kinds in one file', async () => {
    const read = await readText('a,b\r\n1,2024-01-01\r2,2024-01-02\n3,2024-01-03\r\n4,2024-01-04\r5,2024-01-05\n');
    expect(read.tables[0]?.map(([first]) => first)).toEqual(['a', '1', '2', '3', '4', '5']);
    expect(read.codes).toEqual(['line_ends']);
  });

  it('reads columns of fixed width', async () => {
    const read = await readText(
      [
        'item        sold  price',
        'rye bread     12   3.20',
        'roll         140   0.45',
        'cake           3  18.00',
        '',
      ].join('\n'),
    );
    expect(read.tables).toEqual([
      [
        ['item', 'sold', 'price'],
        ['rye bread', '12', '3.20'],
        ['roll', '140', '0.45'],
        ['cake', '3', '18.00'],
      ],
    ]);
    expect(read.codes).toEqual(['fixed_width']);
  });
});

describe('headers', () => {
  it('says that a table has none', async () => {
    const read = await readText(clean.slice(clean.indexOf('\n') + 1));
    expect(read.tables).toEqual([body]);
    expect(read.codes).toEqual(['no_header']);
  });

  it('joins a header of two records', async () => {
    const read = await readText(
      '订单编号,金额,日期\norder,amount,date\nA-1001,12.50,2024-01-05\nA-1002,8.00,2024-01-06\n',
    );
    expect(read.detection.layout.header).toEqual(['订单编号 order', '金额 amount', '日期 date']);
    expect(read.codes).toEqual(['header_records']);
  });

  it('takes the first record for the header of a table of words', async () => {
    const read = await readText('name,town\nAda,London\nKonrad,Berlin\n');
    expect(read.detection.layout.header).toEqual(['name', 'town']);
  });

  it('finds the header by names that contracts know, whatever stands above it', async () => {
    const known = new Set(['店铺', '金额']);
    const read = await readText('导出,说明\n店铺,金额\n东店,西店\n', undefined, { knownHeaders: known });
    expect(read.detection.layout).toMatchObject({ preamble: 1, header: ['店铺', '金额'] });
  });

  it('leaves out comments, and the line that names the delimiter', async () => {
    const read = await readText(
      'sep=;\n# day; of the month; in numbers\nday;n;what\n2024-01-01;1;a, b\n2024-01-02;2;c\n',
    );
    expect(read.detection.layout.header).toEqual(['day', 'n', 'what']);
    expect(read.leftOut.map(({ raw }) => raw)).toEqual(['sep=;', '# day; of the month; in numbers']);
    expect(read.codes).toEqual(['delimiter', 'preamble']);
  });

  it('leaves out what stands above the table', async () => {
    const read = await readText(`Report of the bakery,,,,\nPeriod:,2024-03,,,\n,,,,\n${clean}`);
    expect(read.tables).toEqual([table]);
    expect(read.leftOut.map(({ line, reason }) => [line, reason])).toEqual([
      [1, 'preamble'],
      [2, 'preamble'],
      [3, 'preamble'],
    ]);
  });

  it('leaves out a header that stands again between the records', async () => {
    const lines = clean.split('\n');
    const read = await readText([...lines.slice(0, 3), lines[0], ...lines.slice(3)].join('\n'));
    expect(read.tables).toEqual([table]);
    expect(read.leftOut).toEqual([{ line: 4, raw: lines[0], reason: 'repeated_header' }]);
  });
});

describe('the end of a table', () => {
  it('leaves out totals and remarks', async () => {
    const read = await readText(`${clean}合计,,706,2081.85,\n\nprinted by the till at 18:00\n`);
    expect(read.tables).toEqual([table]);
    expect(read.leftOut.map(({ reason }) => reason)).toEqual(['total_row', 'footer']);
  });

  it('drops a tail of bare delimiters and counts it', async () => {
    const read = await readText(clean + ',,,,\n'.repeat(500));
    expect(read.tables).toEqual([table]);
    expect(read.notes).toMatchObject([{ code: 'blank_records', count: 500 }]);
  });

  it('starts another table where another header stands', async () => {
    const second = 'product,left\nrye,40\nroll,400\ncake,2\n';
    const read = await readText(`${clean}\n${second}`);
    expect(read.tables).toEqual([
      table,
      [
        ['product', 'left'],
        ['rye', '40'],
        ['roll', '400'],
        ['cake', '2'],
      ],
    ]);
    expect(read.codes).toContain('several_tables');
  });
});

describe('damaged records', () => {
  const lines = clean.trimEnd().split('\n');
  const replaced = (at: number, line: string) => lines.map((old, index) => (index === at ? line : old)).join('\n');

  it.each([
    [
      'a stray quote at the start of a cell',
      '2024-03-02,"Nord 1,95,271.00,"Regen, kaum Gäste"',
      ['2024-03-02', '"Nord 1', '95', '271.00', 'Regen, kaum Gäste'],
    ],
    [
      'a stray quote in front of a quoted cell',
      '2024-03-02,Nord 1,95,271.00,""Regen, kaum Gäste"',
      ['2024-03-02', 'Nord 1', '95', '271.00', '"Regen, kaum Gäste'],
    ],
    [
      'a stray quote at the end of the line',
      '2024-03-02,Nord 1,95,271.00,"',
      ['2024-03-02', 'Nord 1', '95', '271.00', '"'],
    ],
    [
      'an unescaped quote',
      '2024-03-02,Nord 1,95,271.00,"Regen, "kaum" Gäste"',
      ['2024-03-02', 'Nord 1', '95', '271.00', 'Regen, "kaum" Gäste'],
    ],
    [
      'a missing delimiter',
      '2024-03-02,Nord 1,95,271.00"Regen, kaum Gäste"',
      ['2024-03-02', 'Nord 1', '95', '271.00', 'Regen, kaum Gäste'],
    ],
  ])('contains %s', async (_, line, expected) => {
    const read = await readText(replaced(2, line));
    expect(read.tables).toEqual([[header, body[0], expected, ...body.slice(2)]]);
    expect(read.notes).toMatchObject([{ code: 'stray_quote', count: 1, text: expect.stringContaining('line 3') }]);
  });

  it('keeps records with too few and too many fields as they are', async () => {
    const read = await readText(replaced(1, '2024-03-01,Nord 1,120').replace('Hafen 2,180,', 'Hafen 2,180,,'));
    expect(read.tables[0]?.[1]).toEqual(['2024-03-01', 'Nord 1', '120']);
    expect(read.tables[0]?.[4]).toEqual(['2024-03-04', 'Hafen 2', '180', '', '522.10', '']);
    expect(read.codes).toEqual(['short_records', 'long_records']);
  });

  it('reads a record that is written with another delimiter', async () => {
    const read = await readText(replaced(4, '2024-03-04;Hafen 2;180;522.10;'));
    expect(read.tables).toEqual([table]);
    expect(read.codes).toEqual(['other_delimiter']);
  });

  it('says so where a cell holds whole records', async () => {
    const read = await readText('a,b,c\n1,2,"x\n3,4,y\n5,6,z"\n7,8,w\n');
    expect(read.codes).toEqual(['doubtful_line_break']);
  });
});

describe('hardly a table', () => {
  it('reads an empty file as a table of nothing', async () => {
    const read = await readText('');
    expect(read.tables).toEqual([]);
    expect(read.codes).toContain('no_records');
  });

  it('reads a single column', async () => {
    const read = await readText('email\nann@example.com\nbob@example.com\n');
    expect(read.tables).toEqual([[['email'], ['ann@example.com'], ['bob@example.com']]]);
  });

  it('reads a header alone', async () => {
    const read = await readText('sku,title,price\n');
    expect(read.detection.layout.header).toEqual(['sku', 'title', 'price']);
  });
});
