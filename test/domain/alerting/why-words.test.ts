import { describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../../pipelines/definitions.ts';
import type { Driver } from '../../../pipelines/domain/alerting/warning.ts';
import { type WhyContext, whySentence } from '../../../pipelines/domain/alerting/why-words.ts';
import { nameOfDriver } from '../../../pipelines/domain/driver-names.ts';

const definitions = loadDefinitions();

function why(unit: WhyContext['unit'], drivers: readonly (readonly [string, string, number])[], grain = 'day') {
  const given = drivers.map(([dimension, member, contribution]): Driver => ({ dimension, member, contribution }));
  const context = {
    unit,
    grain: grain as WhyContext['grain'],
    nameOf: (driver: Driver) => nameOfDriver(driver, definitions),
  };
  return { en: whySentence(given, context, 'en'), zh: whySentence(given, context, 'zh') };
}

describe('what moved a figure, in words', () => {
  it('names the strongest of each dimension with their part in the change', () => {
    const drivers = [
      ['factor', 'orders_per_sessions', -52.27],
      ['factor', 'sessions', -9.4],
      ['region', '广东省', -10.5],
      ['region', '江苏省', -8.5],
      ['region', '(other)', -6.5],
      ['region', '浙江省', -5.5],
    ] as const;
    expect(why('count', drivers)).toEqual({
      en: 'What moved it, against the same weekdays before: Orders ÷ Sessions −52, Sessions −9; 广东省 −11, 江苏省 −9, others −7.',
      zh: '变化来源（较此前几周同星期）：订单数 ÷ 访问次数 −52、访问次数 −9；广东省 −11、江苏省 −9、其他 −7。',
    });
  });

  it('tells shares in percentage points, money in whole units, and gains with their sign', () => {
    const sides = [
      ['factor', 'orders', -0.0236],
      ['factor', 'sessions', 0.0124],
    ] as const;
    expect(why('ratio', sides).en).toBe(
      'What moved it, against the same weekdays before: Orders −2.36 pp, Sessions +1.24 pp.',
    );
    expect(why('ratio', sides).zh).toContain('订单数 −2.36 个百分点、访问次数 +1.24 个百分点');
    expect(why('money', [['channel', 'tmall', -12345.67]], 'month').en).toBe(
      'What moved it, against the months before: Tmall flagship store −12,346.',
    );
  });

  it('leaves out what is small beside the strongest, and what cannot be seen at all', () => {
    const small = [
      ['channel', 'tmall', -100],
      ['channel', 'jd', 9.9],
    ] as const;
    expect(why('count', small).zh).toBe('变化来源（较此前几周同星期）：天猫旗舰店 −100。');
    expect(why('count', [['channel', 'tmall', -0.4]])).toEqual({ en: '', zh: '' });
    expect(why('count', [])).toEqual({ en: '', zh: '' });
  });

  it('names effects, and keeps the name of what the catalog does not know', () => {
    const drivers = [
      ['effect', 'rate', -0.02],
      ['effect', 'mix', -0.01],
      ['factor', 'add_to_carts', -0.01],
      ['channel', 'kiosk', -0.01],
      ['product', '(unknown)', -0.01],
      ['product', 'tea', -0.01],
      ['region', '(unknown)', -0.03],
    ] as const;
    expect(why('ratio', drivers).en).toBe(
      'What moved it, against the same weekdays before: by rates of their own −2 pp, by their mix −1 pp; add to carts −1 pp; kiosk −1 pp; without a name −1 pp, tea −1 pp.',
    );
  });
});
