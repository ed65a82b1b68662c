import type { Kpi } from '../kpi.ts';
import type { Bilingual, Language } from '../text.ts';
import type { Grain } from '../threshold.ts';
import { formatDifference } from './format.ts';
import { isNamedMember } from './subject.ts';
import type { Driver } from './warning.ts';

/** Drivers of one dimension that a sentence names; the message itself carries all of them. */
const namedDrivers = 3;
/** What moved less than this share of the strongest is no reason. */
const leastShare = 0.1;

export interface WhyContext {
  readonly unit: Kpi['unit'];
  readonly grain: Grain;
  /** How people call a driver's member. */
  nameOf(driver: Driver): Bilingual;
}

/**
 * What moved a figure, in a sentence: by dimension the strongest drivers with their part in the change. Empty without
 * drivers, and where none is large enough to be seen in the figure's unit.
 */
export function whySentence(drivers: readonly Driver[], context: WhyContext, language: Language): string {
  const told = [...Map.groupBy(drivers, ({ dimension }) => dimension).values()]
    .map((group) => reasonsOf(group, context, language))
    .filter((reasons) => reasons.length > 0);
  if (told.length === 0) return '';
  if (language === 'zh') {
    return `变化来源（较${yardsticks[context.grain].zh}）：${told.map((reasons) => reasons.join('、')).join('；')}。`;
  }
  return `What moved it, against ${yardsticks[context.grain].en}: ${told.map((reasons) => reasons.join(', ')).join('; ')}.`;
}

function reasonsOf(drivers: readonly Driver[], { unit, nameOf }: WhyContext, language: Language): string[] {
  const strongest = Math.max(...drivers.map(({ contribution }) => Math.abs(contribution)));
  const told = drivers
    .filter(({ contribution }) => Math.abs(contribution) >= leastShare * strongest)
    .slice(0, namedDrivers);
  // That it was those without a name explains nothing.
  if (!told.some(({ member }) => isNamedMember(member))) return [];
  return told.flatMap((driver) => {
    const difference = formatDifference(driver.contribution, unit, language);
    return difference === undefined ? [] : [`${nameOf(driver)[language]} ${difference}`];
  });
}

/** What `explainChange` compares with. */
const yardsticks: Readonly<Record<Grain, Bilingual>> = {
  hour: { en: 'the same hour of the same weekdays before', zh: '此前几周同星期同一时段' },
  day: { en: 'the same weekdays before', zh: '此前几周同星期' },
  week: { en: 'the weeks before', zh: '此前几周' },
  month: { en: 'the months before', zh: '此前几个月' },
};
