import { setTimeout as wait } from 'node:timers/promises';
import { type LakeSettings, openLake } from './compose-lake.ts';
import { loadDefinitions } from './definitions.ts';
import { dataBehind } from './domain/alerting/data-behind.ts';
import type { Severity, Warning } from './domain/alerting/warning.ts';
import type { Language } from './domain/text.ts';
import type { RunGroup } from './notify/notifier.ts';
import { createRobotNotifier, robotsFile } from './notify/robot-notifier.ts';
import { createSnsNotifier } from './notify/sns-notifier.ts';
import { createStepFunctionsRuns } from './runs/step-functions-runs.ts';
import { createSecretsManager } from './secrets/secrets-manager.ts';
import { type DeliveryReport, deliverWarnings } from './steps/deliver-warnings.ts';
import { type ForwardReport, forwardWarnings } from './steps/forward-warnings.ts';
import { type LandedObject, startRun } from './steps/start-run.ts';

// The steps that need no engine, composed apart from the others: their functions stay small and start fast.

export interface DeliverySettings extends LakeSettings {
  readonly language: Language;
  readonly topics: Readonly<Record<Severity, string>>;
}

/** Delivers recorded warnings to the topics of their severity. */
export function composeDelivery(settings: DeliverySettings): () => Promise<DeliveryReport[]> {
  const definitions = loadDefinitions();
  const { routes, inhibitions, calendars } = definitions;
  const now = () => new Date();
  const ports = {
    lake: openLake(settings),
    notifiers: [createSnsNotifier(settings)],
    routes,
    inhibitions,
    calendars,
    behind: dataBehind(definitions),
    now,
  };
  return () => deliverWarnings(ports);
}

export interface ForwardingSettings extends LakeSettings {
  /** Secret with the robots, as `{"robots": [{name, kind, url, secret?, language?}], "report"?: URL}`. */
  readonly robotsSecret: string;
}

/** A message as the topic delivers it: the warning's JSON, and what belongs to it. */
export interface PublishedMessage {
  readonly message: string;
  readonly group?: string | undefined;
}

/** Hands published warnings, as the topics carry them, on to group robots. */
export async function composeForwarding(
  settings: ForwardingSettings,
): Promise<(messages: readonly PublishedMessage[]) => Promise<ForwardReport>> {
  const text = await createSecretsManager().read(settings.robotsSecret);
  const { robots, report: site } = robotsFile.parse(JSON.parse(text));
  const options = { site, now: settings.now };
  const ports = {
    lake: openLake(settings),
    robots: robots.map((robot) => createRobotNotifier(robot, options)),
    now: settings.now,
    wait: (milliseconds: number) => wait(milliseconds),
  };
  return (messages) =>
    forwardWarnings(
      messages.map(({ message, group }) => ({
        warning: JSON.parse(message) as Warning,
        group: group === undefined ? undefined : (JSON.parse(group) as RunGroup),
      })),
      ports,
    );
}

/** Starts runs of a state machine for dropped files. */
export function composeRunStarter(stateMachineArn: string): (objects: readonly LandedObject[]) => Promise<string> {
  const runs = createStepFunctionsRuns(stateMachineArn);
  return (objects) => startRun(objects, runs);
}
