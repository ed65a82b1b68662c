import { clockTime, compactDate, isoDate } from '../calendar.ts';
import { quoted } from '../cells.ts';
import type { ChannelId } from '../company.ts';
import { Delivery } from '../delivery.ts';
import type { Exporter, ExportWorld } from '../exporter.ts';
import { isWithin } from '../incidents.ts';
import type { RatingRequest } from '../orders.ts';
import { personOf } from '../persons.ts';
import { EvenShare, mix, Random } from '../random.ts';
import { douyinOrderId } from './douyin.ts';
import { jdOrderId } from './jd.ts';
import { shopifyOrderName } from './shopify.ts';
import { receiptNumber } from './till.ts';
import { tmallOrderId } from './tmall.ts';

const header =
  'Response ID,Recorded Date,Channel,Order Number,Product SKU,Recipient Phone,Recipient Email,CSAT,NPS,Comment,Language\r\n';
const names = {
  tmall: 'Tmall flagship',
  jd: 'JD store',
  douyin: 'Douyin shop',
  web_shop: 'Web shop',
  store_berlin: 'Store Berlin',
} as const;
const orderNumbers = {
  tmall: tmallOrderId,
  jd: jdOrderId,
  douyin: douyinOrderId,
  web_shop: shopifyOrderName,
  store_berlin: receiptNumber,
} as const;
const praise = {
  zh: ['质量很好', '物流快，包装用心', '已经回购第三次', '颜色好看', ''],
  en: ['Great quality', 'Fast, and well packed', 'Bought it again for my "beach days"', 'Works as described', ''],
} as const;
const complaints = {
  zh: ['盖子漏水，联系客服没人回', '等了十天才到', '和图片不一样', '一周就坏了', '客服态度差'],
  en: [
    'The lid leaks, nobody answers',
    'Took ten days',
    'Not as pictured\nColour is off',
    'Broke in a week',
    'Rude support',
  ],
} as const;

/** Answers to the satisfaction survey that goes out after delivery; every channel is a project of its own. */
export function satisfactionSurvey(world: ExportWorld, channel: ChannelId): Exporter {
  const survey = new Delivery({
    folder: world.folder,
    period: 'month',
    encoding: 'utf-8-bom',
    last: world.last,
    head: () => header,
    name: (day) => `${channel}/csat_survey_${channel}_${compactDate(day)}.csv`,
  });
  const satisfied = new EvenShare(0.9);
  const drop = world.plan?.dissatisfaction;
  return {
    startDay: (day) => void survey.turnTo(day),
    rating(request, day) {
      const { habits } = request;
      const isDropped = drop?.channel === channel && isWithin(drop, day);
      const share = habits.satisfied * (1 - (isDropped ? drop.size : 0));
      survey.write(answer(request, day, { isContent: satisfied.take(share), seed: world.seed }));
    },
    close: () => survey.close(),
  };
}

function answer(
  request: RatingRequest,
  day: number,
  { isContent, seed }: { isContent: boolean; seed: number },
): string {
  const { habits, sku } = request;
  const person = personOf(seed, request.person.number);
  const random = new Random(mix(seed, request.day * 31 + request.number, habits.id.length));
  const language = person.isChinese ? 'zh' : 'en';
  const rating = isContent ? (random.next() < 0.68 ? 5 : 4) : random.pick([1, 2, 3, 3]);
  const nps = rating === 5 ? random.between(8, 10) : rating === 4 ? random.between(7, 9) : random.between(0, 6);
  const comment = random.pick((isContent ? praise : complaints)[language]);
  const time = clockTime(random.between(8 * 3600, 22 * 3600));
  const number = orderNumbers[habits.id](request);
  return (
    `R-${habits.id}-${number.replace('#', '')},${isoDate(day)} ${time},${names[habits.id]},${number},${sku},` +
    `${person.phone},${person.isChinese ? '' : person.email},${rating},${nps},${quoted(comment)},${language}\r\n`
  );
}
