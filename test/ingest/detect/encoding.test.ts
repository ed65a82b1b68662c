import { describe, expect, it } from 'vitest';
import { detectEncoding, EncodingProbe } from '../../../pipelines/ingest/detect/encoding.ts';
import { encodeText } from '../encode-text.ts';

describe('the encoding of a file', () => {
  it.each([
    ['gb18030', '订单号,金额\n1,2\n'],
    ['gb18030', '姓名\n张三\n'],
    ['gb18030', '标题\n'],
    ['gb18030', '商品,店铺\n连衣裙,旗舰店\n'],
    ['big5', '訂單編號,金額\n1,2\n'],
    ['big5', '姓名\n陳\n'],
    ['shift_jis', '注文番号,商品名\n1,りんご\n'],
    ['euc-jp', '注文番号,商品名\n1,りんご\n'],
    ['euc-kr', '주문번호,금액\n1,2\n'],
    ['windows-1252', 'Name,Straße\nMüller,München\n'],
    ['windows-1252', 'nom,prénom\nDupré,Élodie\n'],
    ['windows-1252', 'price\n£3.50\n'],
    ['windows-1250', 'imię,miasto\nŁukasz,Łódź\n'],
    ['windows-1250', 'jméno,město\nŠtěpán,Plzeň\n'],
    ['windows-1251', 'Имя,Город\nИван,Москва\n'],
    ['koi8-r', 'Имя,Город\nИван,Москва\n'],
    ['windows-1253', 'Όνομα,Πόλη\nΓιώργος,Αθήνα\n'],
    ['windows-1254', 'ad,şehir\nİbrahim,Şişli\nÇağrı,Iğdır\n'],
    ['windows-1256', 'اسم,مدينة\nعلي,القاهرة\n'],
    ['utf-16le', '订单,金额\n1,2\n'],
    ['utf-16be', 'a,b\n1,2\n'],
    ['utf-8', '订单,金额\n1,2\n'],
    ['utf-8', 'plain,ascii\n1,2\n'],
  ])('is found: %s, %j', (encoding, text) => {
    expect(detectEncoding(encodeText(text, encoding))).toMatchObject({ encoding, bom: false });
  });

  it.each([
    ['utf-8', [0xef, 0xbb, 0xbf, 0x61]],
    ['utf-16le', [0xff, 0xfe, 0x61, 0x00]],
    ['utf-16be', [0xfe, 0xff, 0x00, 0x61]],
  ])('is proved by a mark: %s', (encoding, bytes) => {
    expect(detectEncoding(Uint8Array.from(bytes))).toEqual({ encoding, bom: true, certainty: 'proved' });
  });

  it('is not UTF-8 where a byte far behind the start breaks it', () => {
    const probe = new EncodingProbe();
    const line = Buffer.from('sku-1,plain words,12.50\n'.repeat(50));
    for (let at = 0; at < 400; at += 1) probe.push(line);
    probe.push(encodeText('sku-2,退款成功,3.00\n', 'gb18030'));
    expect(probe.finish().encoding).toBe('gb18030');
  });

  it('is UTF-8 where a few of its many characters are broken', () => {
    const text = Buffer.from('订单号,商品名称,下单时间\nA1,北京路保温杯,2026-03-01\nA2,上海路茶壶,2026-03-02\n');
    const broken = Buffer.concat([text.subarray(0, -30), Buffer.from([0xff, 0xfe]), text.subarray(-30)]);
    expect(detectEncoding(broken)).toEqual({ encoding: 'utf-8', bom: false, certainty: 'likely' });
  });

  it('is UTF-8 where chunks cut its characters anywhere', () => {
    const bytes = Buffer.from('名称,价格\n手机壳,9.90 €\n🍞,1\n');
    for (let size = 1; size < 8; size += 1) {
      const probe = new EncodingProbe();
      for (let at = 0; at < bytes.length; at += size) probe.push(bytes.subarray(at, at + size));
      expect(probe.finish()).toEqual({ encoding: 'utf-8', bom: false, certainty: 'proved' });
    }
  });
});
