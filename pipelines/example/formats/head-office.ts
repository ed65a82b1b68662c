import { clockTime, compactDate, isoDate, weekday } from '../calendar.ts';
import { Delivery } from '../delivery.ts';
import type { Exporter, ExportWorld } from '../exporter.ts';
import { isMember, type Person, spacedPhone } from '../persons.ts';
import { mix, unit } from '../random.ts';

const contactHeader =
  '"Contact ID","Last Name","First Name","Mobile","Email","Gender","Birth Year","Mailing State/Province","Member Tier","Email Opt Out","Lead Source","Created Date"\r\n';
const tiers = ['Gold', 'Silver', 'Silver', 'Basic', 'Basic', 'Basic', 'Basic'];
const sources = ['Tmall', 'Store', 'Web', 'Douyin', 'Referral'];

/** Contacts that joined the club in a month; the first file also has all who were there before. */
export function crmContacts(world: ExportWorld): Exporter {
  const contacts = new Delivery({
    folder: world.folder,
    period: 'month',
    encoding: 'utf-8-bom',
    last: world.last,
    head: () => contactHeader,
    name: (day) => `head_office/crm_contacts_${compactDate(day)}.csv`,
  });
  let known = 0;
  return {
    startDay(day) {
      contacts.turnTo(day);
      const joined = world.people.knownBy(day);
      for (; known < joined; known += 1) {
        if (!isMember(world.seed, known)) continue;
        // Who was there on the first day joined some time in the three years before.
        const since = day === world.first ? day - 1 - (mix(world.seed, known, 31) % 1095) : day;
        contacts.write(contactRow(world.people.person(known), since, world.seed));
      }
    },
    close: () => contacts.close(),
  };
}

function contactRow(person: Person, since: number, seed: number): string {
  const draw = mix(seed, person.number, 32);
  const cells = [
    `003MR${String(person.number).padStart(10, '0')}`,
    person.surname,
    person.givenName,
    person.phone === '' ? '' : spacedPhone(person.phone),
    draw % 5 === 0 && person.isChinese ? '' : person.email,
    draw % 2 === 0 ? 'Female' : 'Male',
    String(1955 + (draw % 52)),
    person.province,
    tiers[draw % tiers.length],
    draw % 3 === 0 ? '1' : '0',
    sources[draw % sources.length],
    `${isoDate(since)} ${clockTime(8 * 3600 + (draw % 50_000))}`,
  ];
  return `"${cells.join('","')}"\r\n`;
}

const pairs = [
  { currency: 'USD', rate: 7.14, salt: 1 },
  { currency: 'EUR', rate: 7.86, salt: 2 },
] as const;

/** Rates of every day, from a week before the first one so that no day is without one. */
export function exchangeRates(world: ExportWorld): Exporter {
  const rates = new Delivery({
    folder: world.folder,
    period: 'month',
    encoding: 'utf-8',
    last: world.last,
    head: () => 'Rate Date,Currency,CNY per unit\n',
    name: (day) => `head_office/fx_rates_${compactDate(day)}.csv`,
  });
  return {
    startDay(day) {
      rates.turnTo(day);
      for (let rated = day === world.first ? day - 7 : day; rated <= day; rated += 1) {
        // Saturdays and Sundays have the rate of Friday.
        const fixed = rated - Math.max(0, weekday(rated) - 4);
        for (const pair of pairs) {
          rates.write(`${isoDate(rated)},${pair.currency},${rateOn(fixed, pair, world.seed)}\n`);
        }
      }
    },
    close: () => rates.close(),
  };
}

function rateOn(day: number, pair: (typeof pairs)[number], seed: number): string {
  const tide =
    0.02 * Math.sin(day / 97 + pair.salt) + 0.006 * Math.sin(day / 23) + 0.004 * (unit(seed, day, pair.salt) - 0.5);
  return (pair.rate * (1 + tide)).toFixed(4);
}
