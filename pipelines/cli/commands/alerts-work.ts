import { type Command, Option } from 'commander';
import { composeAlerts } from '../../compose-alerts.ts';
import type { RuleReview } from '../../domain/alerting/review.ts';
import { nameOfOwner } from '../../domain/owner.ts';
import { isoDate, wholeNumber } from '../option-values.ts';
import { runsOnLake } from '../run-command.ts';
import type { Terminal } from '../terminal.ts';

/** `alerts ack`, `silence`, `incident`, `backtest`, `review` and `heartbeat`: what people do with warnings. */
export function addAlertsWork(alerts: Command): void {
  addAcknowledge(alerts);
  addSilence(alerts);
  addIncident(alerts);
  addBacktest(alerts);
  addReview(alerts);
  addHeartbeat(alerts);
}

function addAcknowledge(alerts: Command): void {
  const command = alerts
    .command('ack')
    .argument('<id>', 'id of the warning, as `alerts list` shows it')
    .description('note that somebody has seen a warning, and whether it was worth having')
    .requiredOption('--by <who>', 'who has seen it')
    .addOption(new Option('--verdict <word>', '`alerts review` counts them').choices(['useful', 'noise']))
    .option('--note <text>', 'what was found')
    .addHelpText('after', '\nExample:\n  tidemark alerts ack 1f0c… --by li --verdict useful');
  runsOnLake<[string], { by: string; verdict?: 'useful' | 'noise'; note?: string }>(
    command,
    async ({ tidemark, terminal }, options, id) => {
      const warning = await composeAlerts(tidemark).acknowledge({ warning: id, ...options });
      terminal.document({ warning: id, ...options });
      terminal.say('noted', { text: warning.text[terminal.language] });
      return 0;
    },
  );
}

interface SilenceOptions {
  readonly rule?: string;
  readonly kpi?: string;
  readonly channel?: string;
  readonly owner: string;
  readonly reason: string;
  readonly until: string;
}

function addSilence(alerts: Command): void {
  const command = alerts
    .command('silence')
    .description('hear nothing more of what is known, until a time; a trouble that outlives it is told then')
    .option('--rule <id>', 'only this rule')
    .option('--kpi <id>', 'only this KPI')
    .option('--channel <id>', 'only this channel')
    .requiredOption('--owner <who>', 'who answers for the silence')
    .requiredOption('--reason <text>', 'why')
    .requiredOption('--until <instant>', 'when it ends, as 2026-12-01T08:00:00Z')
    .addHelpText(
      'after',
      '\nExample:\n  tidemark alerts silence --channel tmall --owner li --reason relaunch --until 2026-12-01T08:00:00Z',
    );
  runsOnLake<[], SilenceOptions>(command, async ({ tidemark, terminal }, { rule, kpi, channel, ...rest }) => {
    const match = {
      ...(rule !== undefined && { rules: [rule] }),
      ...(kpi !== undefined && { kpis: [kpi] }),
      ...(channel !== undefined && { channels: [channel] }),
    };
    const made = await composeAlerts(tidemark).silence({ match, ...rest });
    terminal.document(made);
    terminal.say('silent', { until: made.until, match: JSON.stringify(made.match) });
    return 0;
  });
}

function addBacktest(alerts: Command): void {
  const command = alerts
    .command('backtest')
    .description('what a rule would have sent, replayed on history by the code that runs live; nothing is written')
    .requiredOption('--rule <file>', 'YAML of the rule, laid out like pipelines/catalog/thresholds')
    .option('--from <date>', 'first day shown (ISO date)', isoDate)
    .option('--to <date>', 'last day judged (ISO date)', isoDate)
    .addHelpText(
      'after',
      '\nExample:\n  tidemark alerts backtest --rule proposal.yaml --from 2026-07-01 --to 2026-09-30',
    );
  runsOnLake<[], { rule: string; from?: string; to?: string }>(
    command,
    async ({ tidemark, terminal }, { rule, ...days }) => {
      const result = await composeAlerts(tidemark).backtest(rule, days);
      terminal.document(result);
      const sent = { rule: result.rule, proposed: result.warnings.length, present: result.present.length };
      terminal.say('backtested', sent);
      const [then, today] = [result.warnings, result.present].map((list) => new Set(list.map(({ id }) => id)));
      const all = [...result.warnings, ...result.present.filter(({ id }) => !then?.has(id))];
      terminal.list(
        all
          .toSorted((a, b) => (a.period < b.period ? -1 : 1))
          .map((one) => ({
            ...{ period: one.period, channel: [one.channel_id, ...Object.values(one.dimensions)].join(' · ') },
            ...{
              state: terminal.term(one.state),
              severity: terminal.term(one.severity),
              value: one.value,
              mark: one.mark,
            },
            change: terminal.text(
              !then?.has(one.id) ? 'sent_no_more' : today?.has(one.id) ? 'sent_as_now' : 'sent_new',
            ),
          })),
      );
      return 0;
    },
  );
}

interface IncidentOptions {
  readonly kpi: string;
  readonly channel?: string;
  readonly from: string;
  readonly to?: string;
  readonly by: string;
  readonly note: string;
}

function addIncident(alerts: Command): void {
  const command = alerts
    .command('incident')
    .description('note what went wrong, whether or not a rule saw it; `alerts review` counts what was missed')
    .requiredOption('--kpi <id>', 'the figure that it moved')
    .option('--channel <id>', 'the channel; default: all together')
    .requiredOption('--from <date>', 'first day (ISO date)')
    .option('--to <date>', 'last day (ISO date); default: the first')
    .requiredOption('--by <who>', 'who has noted it')
    .requiredOption('--note <text>', 'what it was')
    .addHelpText(
      'after',
      '\nExample:\n  tidemark alerts incident --kpi conversion_rate --channel jd --from 2026-10-01 --to 2026-10-03 --by li --note "checkout broken"',
    );
  runsOnLake<[], IncidentOptions>(command, async ({ tidemark, terminal }, wish) => {
    const noted = await composeAlerts(tidemark).incident(wish);
    terminal.document(noted);
    const [from, to] = [terminal.day(noted.from), terminal.day(noted.to)];
    terminal.say('incident_noted', { kpi: noted.kpi_id, channel: noted.channel_id, from, to });
    return 0;
  });
}

function addReview(alerts: Command): void {
  const command = alerts
    .command('review')
    .description(
      'how each rule has served: verdicts, what it missed, recovery, flapping; and marks that would serve better',
    )
    .addHelpText('after', '\nExample:\n  tidemark alerts review');
  runsOnLake(command, async ({ tidemark, terminal }) => {
    const review = await composeAlerts(tidemark).review();
    terminal.document(review);
    terminal.list(
      review.rules.map((rule) => {
        const owner = nameOfOwner(rule.owner, tidemark.definitions.owners)[terminal.language];
        return shownReview({ ...rule, owner }, terminal);
      }),
    );
    for (const { text } of review.proposals) terminal.line(text[terminal.language]);
    if (review.proposals.length === 0) terminal.say('no_proposal');
    return 0;
  });
}

/** One line of a table that a terminal has room for. */
function shownReview(review: RuleReview, terminal: Terminal): Readonly<Record<string, string | number | null>> {
  const rounded = (value: number | null) => (value === null ? null : Math.round(10 * value) / 10);
  return {
    rule: review.rule,
    owner: review.owner,
    troubles: review.troubles,
    open: review.open,
    useful: review.useful,
    noise: review.noise,
    missed: review.missed,
    'days to notice': rounded(review.mean_days_to_notice),
    'hours to ack': rounded(review.mean_hours_to_acknowledge),
    'days to recover': rounded(review.mean_days_to_recover),
    flapping: review.flapping,
    'review by': review.is_overdue ? terminal.text('overdue', { day: review.review_by }) : review.review_by,
  };
}

function addHeartbeat(alerts: Command): void {
  const command = alerts
    .command('heartbeat')
    .description(
      'when thresholds were evaluated last; ends with 1 when that is too long ago, for a scheduler to notice',
    )
    .option('--max-hours <hours>', 'hours after which silence means nothing', wholeNumber)
    .addHelpText('after', '\nExample:\n  tidemark alerts heartbeat --max-hours 26');
  runsOnLake<[], { maxHours?: number }>(command, async ({ tidemark, terminal }, { maxHours }) => {
    const pulse = await composeAlerts(tidemark).heartbeat(maxHours);
    terminal.document(pulse);
    if (pulse.last === null) terminal.say('never_evaluated');
    else {
      const { at, through } = pulse.last;
      const hours = Math.round(pulse.hours_since ?? 0);
      terminal.say('last_evaluated', { at, hours, day: terminal.day(through) });
    }
    return pulse.is_alive ? 0 : 1;
  });
}
