/** Alerts and notifications, wired: what they are made of is named here. Neighbours: hub.ts starts it with the rest. */
import { type LiveAlert, topics } from '@slmm/protocol';
import { type Clock, type Closeable, type Logger } from '@slmm/shared';
import type { ConfigClient } from './adapters/prisma/config-database.ts';
import { PrismaAlertStore } from './adapters/prisma/prisma-alert-store.ts';
import { createSmtpChannel } from './adapters/smtp/smtp-channel.ts';
import { createWebhookChannel, webhookUrlProblem } from './adapters/webhook/webhook-channel.ts';
import { AlertAnnouncer } from './alerts/alert-announcer.ts';
import { liveAlertsOf } from './alerts/live-alert.ts';
import type { AlertStore } from './alerts/alert-store.ts';
import { AlertEngine } from './alerts/engine.ts';
import type { WatchedFleet } from './alerts/watches.ts';
import type { Fleet } from './fleet/fleet.ts';
import type { HubBus } from './fleet/hub-bus.ts';
import type { ReadingStore } from './history/reading-store.ts';
import type { ChannelSender } from './notify/channel.ts';
import { Outbox } from './notify/outbox.ts';
import type { Receiver } from './notify/receiver.ts';

export interface AlertingParts {
  readonly client: ConfigClient;
  readonly bus: HubBus;
  readonly fleet: Fleet;
  readonly readings: ReadingStore;
  readonly timezone: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly smtp: { readonly url: string; readonly from: string } | null;
  /** Webhooks may reach addresses of our own network, and by plain http. */
  readonly webhookPrivate: boolean;
  /** Where people find the page; `null`: messages carry no link. */
  readonly publicUrl: string | null;
}

export interface Alerting extends Closeable {
  readonly engine: AlertEngine;
  readonly store: AlertStore;
  readonly outbox: Pick<Outbox, 'replay' | 'test' | 'carries'>;
  readonly listen: (listener: (alert: LiveAlert) => void) => () => void;
  readonly webhookProblem: (url: string) => string | null;
}

/** Starts rules and outbox. Readings that are committed from now on are weighed; those since the last stop are caught up with. */
export async function startAlerting(parts: AlertingParts): Promise<Alerting> {
  const { fleet, clock, log, bus, timezone } = parts;
  const store = new PrismaAlertStore(parts.client);
  const announcer = new AlertAnnouncer(bus, log);
  const listeners = new Set<(alert: LiveAlert) => void>();
  const engine = new AlertEngine({
    store,
    readings: parts.readings,
    clock,
    log,
    zoneOf: (unit) => fleet.unit(unit)?.config.timezone ?? timezone,
    ...watchedFleet(fleet, bus),
    written: ({ rule, sinceMs }) => announcer.present(rule.unit, rule.id, rule.name, sinceMs),
    announce: (announcement) => {
      announcer.announce(announcement);
      for (const alert of liveAlertsOf(announcement)) for (const listener of listeners) listener(alert);
    },
    forgotten: (unit, rule) => announcer.forget(unit, rule),
    toldLater: () => outbox.nudge(),
  });
  let receivers = new Map<string, Receiver>();
  const readReceivers = async (): Promise<void> => {
    receivers = new Map((await store.receivers()).map((receiver) => [receiver.id, receiver]));
  };
  const smtp = parts.smtp === null ? null : createSmtpChannel(parts.smtp);
  const senders: ChannelSender[] = [
    logChannel(log),
    mqttChannel(bus),
    createWebhookChannel({ allowPrivate: parts.webhookPrivate, nowMs: () => clock.nowMs() }) as ChannelSender,
    ...(smtp === null ? [] : [smtp as ChannelSender]),
  ];
  const outbox = new Outbox({
    store,
    senders,
    receiver: (id) => receivers.get(id) ?? null,
    clock,
    random: Math.random,
    log,
    page: parts.publicUrl,
    disable: async ({ id }, gone, reason) => {
      // As it is now: somebody may have changed it while the message was on its way.
      const receiver = receivers.get(id);
      if (receiver === undefined || gone.kind !== 'webhook') return;
      const channels = receiver.channels.map((one) =>
        one.kind === 'webhook' && one.url === gone.url ? { ...one, disabled: reason } : one,
      );
      await store.putReceiver({ ...receiver, channels });
      await engine.reloadReceivers();
    },
  });
  engine.onReceivers(readReceivers);

  const open = await store.events({ status: 'active', limit: 100_000 });
  announcer.start(open.map(({ record }) => record));
  const unlisten = fleet.listen({
    frame: (unit, frame, late) => engine.frame(unit, frame, late),
    unitState: (unit, state) => state !== null && engine.unitState(unit, state),
    unitInfo: (unit, info) => info !== null && engine.unitInfo(unit, info),
    unitConfig: (unit, config) => {
      (config === null ? engine.forgetUnit(unit) : engine.unitChanged(unit)).catch((error: unknown) =>
        log.error({ err: error, unit }, 'the alerts of a changed or removed unit could not be brought up to date'),
      );
    },
  });
  await engine.start();
  for (const { config, state, info } of fleet.units()) {
    if (state !== null) engine.unitState(config.unit, state);
    if (info !== null) engine.unitInfo(config.unit, info);
  }
  outbox.start();
  return {
    engine,
    store,
    outbox,
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    webhookProblem: (url) => webhookUrlProblem(url, parts.webhookPrivate),
    close: async () => {
      unlisten();
      await engine.close();
      await outbox.close();
      smtp?.close();
    },
  };
}

/** What is watched without a rule. An edge counts once it was heard of, or once one of its units has given readings: a new one that never came is missed by nobody. */
function watchedFleet(fleet: Fleet, bus: HubBus): WatchedFleet {
  return {
    hubOnline: () => bus.connected,
    edges: () => {
      const known = new Set(fleet.units().flatMap(({ config, frame }) => (frame === null ? [] : [config.edge])));
      return fleet
        .edges()
        .filter(({ config, state }) => state !== null || known.has(config.edge))
        .map(({ config: { edge }, state }) => ({ edge, online: state?.state === 'online' }));
    },
    unitsOf: (edge) =>
      fleet
        .units()
        .filter((view) => view.config.edge === edge)
        .map((view) => view.config.unit),
    edgeOf: (unit) => fleet.unit(unit)?.config.edge ?? null,
    isUnit: (unit) => fleet.unit(unit) !== null,
    sendsBatches: (edge) => fleet.edge(edge)?.info?.uplink === 'economy',
  };
}

/** A line in the hub's own log. */
function logChannel(log: Logger): ChannelSender {
  return {
    kind: 'log',
    send(message, _channel, receiver) {
      log.warn({ notification: message.id, receiver: receiver.id }, `${message.subject}: ${message.text.trim()}`);
      return Promise.resolve({ kind: 'delivered', detail: 'in the log' });
    },
  };
}

/** A message on the bus, for programs that want what was decided to tell and not every step. */
function mqttChannel(bus: HubBus): ChannelSender {
  return {
    kind: 'mqtt',
    async send({ id, data }, _channel, receiver) {
      const topic = topics.alertNotification(receiver.id);
      const isThere = bus.connected;
      // What is published while the broker goes away is dropped: then it goes again.
      if (isThere) await bus.publish(topic, JSON.stringify({ id, ...data }), { qos: 1, retain: false });
      return isThere && bus.connected
        ? { kind: 'delivered', detail: `at ${topic}` }
        : { kind: 'failed', detail: 'the hub has no broker', retryAfterS: null };
    },
  };
}
