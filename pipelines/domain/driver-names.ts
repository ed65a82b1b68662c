import { otherMember, unknownMember } from './alerting/subject.ts';
import type { Driver } from './alerting/warning.ts';
import type { Contract } from './contract.ts';
import type { Kpi } from './kpi.ts';
import type { Bilingual } from './text.ts';

/** The parts of the catalog that give names. */
export interface NamedThings {
  readonly contracts: ReadonlyMap<string, Contract>;
  readonly kpis: ReadonlyMap<string, Kpi>;
}

/** A channel as people call it; its id where no contract names it. */
export function nameOfChannel(channel: string, { contracts }: NamedThings): Bilingual {
  if (channel === 'all') return { en: 'all channels', zh: '全渠道' };
  const found = [...contracts.values()].find((contract) => contract.channel.channel_id === channel)?.channel;
  return found === undefined ? { en: channel, zh: channel } : { en: found.name, zh: found.name_zh };
}

/** A driver's member as people call it: a channel, a factor (a KPI, or one per another), an effect, a product or region. */
export function nameOfDriver({ dimension, member }: Driver, named: NamedThings): Bilingual {
  if (member === otherMember) return { en: 'others', zh: '其他' };
  if (member === unknownMember) return { en: 'without a name', zh: '名称未知' };
  if (dimension === 'channel') return nameOfChannel(member, named);
  if (dimension === 'factor') return nameOfFactor(member, named);
  if (dimension === 'effect') return effects[member] ?? sameInBoth(member);
  return sameInBoth(member);
}

function nameOfFactor(factor: string, { kpis }: NamedThings): Bilingual {
  const labels = factor.split('_per_').map((id) => kpis.get(id)?.label ?? sameInBoth(id.replaceAll('_', ' ')));
  return { en: labels.map(({ en }) => en).join(' ÷ '), zh: labels.map(({ zh }) => zh).join(' ÷ ') };
}

function sameInBoth(name: string): Bilingual {
  return { en: name, zh: name };
}

const effects: Readonly<Record<string, Bilingual>> = {
  rate: { en: 'by rates of their own', zh: '各自比率变化' },
  mix: { en: 'by their mix', zh: '结构变化' },
};
