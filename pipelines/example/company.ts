/**
 * The fictional company behind the example exports: Marram (沙芦), which makes things for the beach and the trail. Its
 * habits are data; the code beside it only plays them.
 */
export type ChannelId = 'tmall' | 'jd' | 'douyin' | 'web_shop' | 'store_berlin';
export type Currency = 'CNY' | 'USD' | 'EUR';

export interface ChannelHabits {
  readonly id: ChannelId;
  readonly currency: Currency;
  /** Share of the company's orders. */
  readonly share: number;
  /** Orders per visit on a common day; absent where nobody counts visits. */
  readonly conversion?: number;
  /** Factor on demand from Monday to Sunday. */
  readonly weekdays: readonly [number, number, number, number, number, number, number];
  /** Weight of each hour of the day. */
  readonly hours: readonly number[];
  /** Weight of baskets with one, two, three and four products. */
  readonly baskets: readonly [number, number, number, number];
  /** Shares of orders: never paid, of the paid ones refunded, of the paid ones rated. */
  readonly unpaid: number;
  readonly refunded: number;
  readonly rated: number;
  /** Share of ratings that are 4 or 5 of 5. */
  readonly satisfied: number;
  /** Freight in cents below the amount from which it is free. */
  readonly freight: number;
  readonly freightFreeFrom: number;
  /** Yearly growth of demand. */
  readonly growth: number;
}

const online = [2, 1, 1, 1, 1, 1, 2, 4, 6, 8, 9, 9, 8, 8, 8, 8, 8, 8, 9, 12, 14, 14, 11, 6];
const evening = [4, 2, 1, 1, 1, 1, 1, 2, 3, 4, 5, 6, 7, 6, 5, 5, 5, 6, 9, 15, 20, 20, 14, 8];
const opening = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 7, 10, 10, 8, 8, 9, 11, 12, 7, 0, 0, 0, 0];

export const channelHabits: readonly ChannelHabits[] = [
  {
    id: 'tmall',
    currency: 'CNY',
    share: 0.34,
    conversion: 0.034,
    weekdays: [1, 0.99, 0.98, 0.99, 1.0, 1.03, 1.04],
    hours: online,
    baskets: [62, 25, 9, 4],
    unpaid: 0.03,
    refunded: 0.042,
    rated: 0.28,
    satisfied: 0.93,
    freight: 1000,
    freightFreeFrom: 9900,
    growth: 0.14,
  },
  {
    id: 'jd',
    currency: 'CNY',
    share: 0.2,
    conversion: 0.033,
    weekdays: [1.02, 1.01, 1.01, 1.0, 0.98, 0.98, 1.0],
    hours: online,
    // JD splits a basket into one order for each product.
    baskets: [1, 0, 0, 0],
    unpaid: 0.02,
    refunded: 0.035,
    rated: 0.28,
    satisfied: 0.94,
    freight: 600,
    freightFreeFrom: 9900,
    growth: 0.1,
  },
  {
    id: 'douyin',
    currency: 'CNY',
    share: 0.18,
    conversion: 0.031,
    weekdays: [0.94, 0.95, 0.97, 0.99, 1.03, 1.07, 1.05],
    hours: evening,
    // Bought from a live stream: one product at a time.
    baskets: [1, 0, 0, 0],
    unpaid: 0.035,
    refunded: 0.048,
    rated: 0.28,
    satisfied: 0.92,
    freight: 0,
    freightFreeFrom: 0,
    growth: 0.3,
  },
  {
    id: 'web_shop',
    currency: 'USD',
    share: 0.16,
    conversion: 0.03,
    weekdays: [1.03, 1.0, 0.99, 0.98, 0.97, 0.99, 1.04],
    hours: online,
    baskets: [52, 29, 13, 6],
    unpaid: 0.02,
    refunded: 0.04,
    rated: 0.3,
    satisfied: 0.93,
    freight: 695,
    freightFreeFrom: 7500,
    growth: 0.2,
  },
  {
    id: 'store_berlin',
    currency: 'EUR',
    share: 0.12,
    // A shop in a main station may open on Sundays.
    weekdays: [0.92, 0.94, 0.96, 1.0, 1.12, 1.3, 0.8],
    hours: opening,
    baskets: [48, 30, 15, 7],
    unpaid: 0,
    refunded: 0.025,
    rated: 0.2,
    satisfied: 0.94,
    freight: 0,
    freightFreeFrom: 0,
    growth: 0.05,
  },
];

/** Channels whose visits are counted, in the order in which incidents are dealt out. */
export const trackedChannels: readonly ChannelId[] = ['tmall', 'jd', 'douyin', 'web_shop'];

export interface Product {
  readonly sku: string;
  readonly zh: string;
  readonly en: string;
  readonly de: string;
  readonly prices: Readonly<Record<Currency, number>>;
  /** How much it sells on a common day. */
  readonly weight: number;
  /** First day on sale; without one it has always been there. */
  readonly launched?: string;
}

/** One product: SKU, names in zh, en and de, prices in cents of CNY, USD and EUR, weight, launch. */
type ProductRow = readonly [string, string, string, string, number, number, number, number, string?];

const productRows: readonly ProductRow[] = [
  ['MR-1001', '沙芦 保温杯 500ml', 'Marram Bottle 17oz', 'Marram Trinkflasche 0,5 l', 15900, 2800, 2690, 12],
  ['MR-1002', '沙芦 保温杯 750ml', 'Marram Bottle 25oz', 'Marram Trinkflasche 0,75 l', 18900, 3400, 3290, 9],
  ['MR-1003', '沙芦 保温壶 1.2L', 'Marram Flask 40oz', 'Marram Isolierkanne 1,2 l', 25900, 4500, 4290, 4],
  ['MR-1101', '沙芦 随行杯 350ml', 'Marram Tumbler 12oz', 'Marram Becher für unterwegs', 9900, 1900, 1790, 11],
  ['MR-1102', '沙芦 露营搪瓷杯', 'Camp Enamel Mug', 'Emaillebecher Düne', 6900, 1400, 1290, 10],
  ['MR-2001', '潮汐 速干浴巾', 'Tide Quick-Dry Towel', 'Tide Schnelltrockentuch', 12900, 2600, 2490, 9],
  ['MR-2002', '潮汐 沙滩毯', 'Tide Beach Blanket', 'Tide Stranddecke', 22900, 4200, 3990, 5],
  ['MR-2003', '潮汐 儿童斗篷浴巾', 'Tide Kids Poncho', 'Tide Kinderponcho', 15900, 3200, 2990, 4],
  ['MR-3001', '灯塔 双肩包 20L', 'Beacon Backpack 20L', 'Beacon Rucksack 20 l', 39900, 7900, 7490, 5],
  ['MR-3002', '灯塔 双肩包 32L', 'Beacon Backpack 32L', 'Beacon Rucksack 32 l', 52900, 10900, 9990, 3],
  ['MR-3003', '灯塔 防水腰包', 'Beacon Dry Hip Bag', 'Beacon Hüfttasche', 16900, 3500, 3290, 7],
  ['MR-3004', '灯塔 折叠购物袋', 'Beacon Folding Tote', 'Beacon Falttasche', 4900, 1200, 990, 12],
  ['MR-4001', '海风 防晒渔夫帽', 'Breeze Sun Hat', 'Breeze Sonnenhut', 11900, 2500, 2290, 8],
  ['MR-4002', '海风 防晒衣', 'Breeze Sun Jacket', 'Breeze Sonnenjacke', 29900, 5900, 5490, 6],
  ['MR-4003', '海风 溯溪鞋', 'Breeze Water Shoe', 'Breeze Wasserschuh', 25900, 4900, 4690, 4],
  ['MR-4004', '海风 速干袜 三双', 'Breeze Dry Socks, 3 pairs', 'Breeze Socken, 3 Paar', 5900, 1500, 1490, 9],
  ['MR-5001', '礁石 露营灯', 'Reef Camp Lantern', 'Reef Campinglaterne', 19900, 3900, 3690, 5],
  ['MR-5002', '礁石 折叠桌', 'Reef Folding Table', 'Reef Klapptisch', 34900, 6900, 6490, 3],
  ['MR-5003', '礁石 月亮椅', 'Reef Moon Chair', 'Reef Campingstuhl', 27900, 5500, 5290, 4],
  ['MR-5004', '礁石 防潮垫', 'Reef Ground Pad', 'Reef Isomatte', 17900, 3600, 3390, 5],
  ['MR-1004', '沙芦 钛杯 450ml', 'Marram Titanium Mug', 'Marram Titanbecher', 29900, 5900, 5690, 5, '2025-09-10'],
  ['MR-2004', '潮汐 旅行洗漱包', 'Tide Wash Bag', 'Tide Kulturbeutel', 13900, 2900, 2690, 6, '2026-03-18'],
  ['MR-4005', '海风 皮肤风衣', 'Breeze Wind Shell', 'Breeze Windjacke', 36900, 7500, 6990, 6, '2026-06-03'],
  ['MR-5005', '礁石 便携咖啡套装', 'Reef Coffee Kit', 'Reef Kaffeeset', 32900, 6500, 5990, 7, '2026-09-16'],
];

export const products: readonly Product[] = productRows.map(([sku, zh, en, de, cny, usd, eur, weight, launched]) => ({
  sku,
  zh,
  en,
  de,
  prices: { CNY: cny, USD: usd, EUR: eur },
  weight,
  ...(launched === undefined ? {} : { launched }),
}));
