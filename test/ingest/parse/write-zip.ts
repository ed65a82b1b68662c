import { crc32, deflateRawSync } from 'node:zlib';

/** A zip archive of text members, written by the format's own description (APPNOTE 6.3). */
export function writeZip(members: Readonly<Record<string, string | Uint8Array>>): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(members)) {
    const plain = Buffer.from(content);
    const packed = deflateRawSync(plain);
    const nameBytes = Buffer.from(name);
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(0x0800, 2);
    shared.writeUInt16LE(8, 4);
    shared.writeUInt32LE(0x21 << 16, 6);
    shared.writeUInt32LE(crc32(plain), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(plain.length, 18);
    shared.writeUInt16LE(nameBytes.length, 22);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), shared, nameBytes, packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    centrals.push(Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\u0000'), shared, rest, nameBytes]));
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(centrals);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(centrals.length, 4);
  end.writeUInt16LE(centrals.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, central, Buffer.from('PK\u0005\u0006'), end]);
}

const workbookParts = {
  'xl/workbook.xml':
    '<workbook xmlns:r="r"><sheets><sheet name="订单" sheetId="1" r:id="rId1"/><sheet name="Stock" sheetId="2" r:id="rId2"/></sheets></workbook>',
  'xl/_rels/workbook.xml.rels':
    '<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Target="/xl/worksheets/sheet2.xml"/></Relationships>',
  'xl/sharedStrings.xml':
    '<sst><si><t>订单号</t></si><si><t>日期</t></si><si><t>金额</t></si><si><t>折扣率</t></si><si><r><t>TB</t></r><r><t xml:space="preserve"> 1</t></r><rPh><t>not this</t></rPh></si></sst>',
  'xl/styles.xml':
    '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot; h:mm"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="10"/><xf numFmtId="164"/></cellXfs></styleSheet>',
  'xl/worksheets/sheet1.xml':
    '<worksheet><sheetData>' +
    '<row r="1"><c r="A1" t="inlineStr"><is><t>export of the shop</t></is></c></row>' +
    '<row r="3"><c r="A3" t="s"><v>0</v></c><c r="B3" t="s"><v>1</v></c><c r="C3" t="s"><v>2</v></c><c r="D3" t="s"><v>3</v></c></row>' +
    '<row r="4"><c r="A4" t="s"><v>4</v></c><c r="B4" s="1"><v>45413</v></c><c r="C4"><v>12.600000000000001</v></c><c r="D4" s="2"><v>0.05</v></c></row>' +
    '<row r="5"><c r="A5" t="str"><f>"TB"&amp;2</f><v>TB2</v></c><c r="B5" s="3"><v>45414.5625</v></c><c r="C5"><f>C4*2</f><v>25.2</v></c></row>' +
    '<row r="6"><c r="A6" t="inlineStr"><is><t>TB3</t></is></c><c r="B6" s="1"><v>45415</v></c><c r="C6"><f>C4*2</f></c><c r="D6" s="2"><v>0.125</v></c></row>' +
    '</sheetData></worksheet>',
  'xl/worksheets/sheet2.xml':
    '<worksheet><sheetData><row><c t="inlineStr"><is><t>sku</t></is></c><c t="inlineStr"><is><t>left</t></is></c></row><row><c><v>1001</v></c><c><v>4</v></c></row></sheetData></worksheet>',
} as const;

/** A workbook of two sheets: shared, rich and inline strings, dates, percentages, formulas with and without a value. */
export function writeWorkbook(): Buffer {
  return writeZip(workbookParts);
}
