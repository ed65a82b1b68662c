import type { ChannelId } from './company.ts';
import { mix, unit } from './random.ts';

/**
 * One person of the fictional world. Everything about a person follows from the number alone, so that twenty million of
 * them take no memory and the same one buys in several channels. Mail domains are reserved ones (RFC 2606).
 */
export interface Person {
  readonly number: number;
  readonly isChinese: boolean;
  readonly surname: string;
  readonly givenName: string;
  /** Eleven digits, or empty for persons outside China. */
  readonly phone: string;
  readonly email: string;
  readonly province: string;
  readonly city: string;
}

const surnames = ['王', '李', '张', '刘', '陈', '杨', '黄', '赵', '吴', '周', '徐', '孙', '马', '朱', '胡', '郭', '何'];
const givenNames = [
  '伟',
  '芳',
  '娜',
  '敏',
  '静',
  '丽',
  '强',
  '磊',
  '洋',
  '艳',
  '勇',
  '军',
  '杰',
  '子涵',
  '欣怡',
  '浩然',
];
const westernSurnames = ['Miller', 'Schmidt', 'Garcia', 'Brown', 'Weber', 'Jones', 'Fischer', 'Clark', 'Lang', 'Reed'];
const westernNames = ['Anna', 'Ben', 'Clara', 'David', 'Emma', 'Felix', 'Grace', 'Henry', 'Ida', 'Jonas', 'Lea', 'Max'];
const mailDomains = ['example.com', 'example.org', 'example.net'];

type Place = readonly [province: string, city: string];
const places: readonly Place[] = [
  ['广东省', '深圳市'],
  ['广东省', '广州市'],
  ['浙江省', '杭州市'],
  ['江苏省', '南京市'],
  ['江苏省', '苏州市'],
  ['上海', '上海市'],
  ['北京', '北京市'],
  ['山东省', '青岛市'],
  ['福建省', '厦门市'],
  ['四川省', '成都市'],
  ['湖北省', '武汉市'],
  ['河南省', '郑州市'],
];
const westernPlaces: readonly Place[] = [
  ['CA', 'San Diego'],
  ['NY', 'New York'],
  ['MA', 'Boston'],
  ['WA', 'Seattle'],
  ['FL', 'Miami'],
  ['TX', 'Austin'],
  ['ME', 'Portland'],
];

/** Nine digits that no other person number below a billion has: the factor has no divisor in common with 10⁹. */
const phoneFactor = 387_420_489n;
const phonePrefixes = ['13', '15', '18', '19'];

export function personOf(seed: number, number: number): Person {
  const draw = mix(seed, number, 11);
  const isChinese = number % 4 !== 3;
  const place = isChinese ? places[draw % places.length] : westernPlaces[draw % westernPlaces.length];
  const [province, city] = place as Place;
  const from = (list: readonly string[], salt: number): string => list[mix(seed, number, salt) % list.length] as string;
  return {
    number,
    isChinese,
    surname: from(isChinese ? surnames : westernSurnames, 12),
    givenName: from(isChinese ? givenNames : westernNames, 13),
    phone: isChinese ? from(phonePrefixes, 14) + nineDigits(number) : '',
    email: `${isChinese ? 'user' : from(westernNames, 13).toLowerCase()}.${number.toString(36)}@${from(mailDomains, 15)}`,
    province,
    city,
  };
}

function nineDigits(number: number): string {
  return String((BigInt(number) * phoneFactor + 380_000_000n) % 1_000_000_000n).padStart(9, '0');
}

/** The channel in which a person feels at home; most of the orders, but not all, are placed there. */
export function homeChannel(seed: number, number: number): ChannelId {
  const share = unit(seed, number, 16);
  if (number % 4 === 3) return share < 0.6 ? 'web_shop' : 'store_berlin';
  if (share < 0.5) return 'tmall';
  return share < 0.77 ? 'jd' : 'douyin';
}

/** `138****0000`, as marketplaces show phones to sellers: it identifies nobody. */
export function masked(phone: string): string {
  return `${phone.slice(0, 3)}****${phone.slice(7)}`;
}

/** `+86 138-0000-0000`, as people type it. */
export function spacedPhone(phone: string): string {
  return `+86 ${phone.slice(0, 3)}-${phone.slice(3, 7)}-${phone.slice(7)}`;
}

/** One person in three joins the club and is known to the CRM. */
export function isMember(seed: number, number: number): boolean {
  return mix(seed, number, 17) % 3 === 0;
}
