/**
 * One meter on the network: the meter, its two ports, its one control connection, its faults and its report.
 * Nothing here runs on its own; the simulator's one scheduler calls `tick` every 100 ms, and sockets call in between.
 */
import { cardAt, earlierRecordings } from './card/card.ts';
import type { CardFolder } from './card/card-entry.ts';
import { forcedCode, withUsedNames } from './faults/command-faults.ts';
import { applyFault, removeFault } from './faults/fault-effects.ts';
import { FaultSet, type FaultChange } from './faults/fault-set.ts';
import type { FaultId } from './faults/fault-table.ts';
import { FtpPort } from './ftp/ftp-port.ts';
import type { LevelSource } from './levels/level-source.ts';
import { execute, type Outcome, statusTail } from './meter/execute.ts';
import { Meter } from './meter/meter.ts';
import { MeterCondition } from './meter-condition.ts';
import { MeterReport, type ReportView } from './meter-report.ts';
import { MeterSound } from './meter-sound.ts';
import type { MeterOptions } from './options.ts';
import type { SimTime } from './sim-time.ts';
import { ControlConnection, type ConnectionHost } from './tcp/control-connection.ts';
import { doorsWanted } from './tcp/doors-wanted.ts';
import type { ControlSocket, MeterNetwork, PortDoor } from './tcp/network.ts';
import { refuse } from './tcp/refuse.ts';
import { composeReply, type Reply } from './tcp/reply.ts';

export interface MeterPlace {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly ftpPort: number;
  readonly serialNumber: string;
  readonly source: LevelSource;
  readonly options: MeterOptions;
  readonly time: SimTime;
  readonly network: MeterNetwork;
  /** Numbers in [0, 1), repeatable. */
  readonly dice: () => number;
}

export class NetworkedMeter implements ConnectionHost {
  readonly name: string;
  readonly host: string;
  readonly time: SimTime;
  readonly promptMs: number;
  readonly meter: Meter;
  readonly faults = new FaultSet();
  readonly condition = new MeterCondition(this.faults);
  readonly #options: MeterOptions;
  readonly #dice: () => number;
  readonly seen = new MeterReport();
  readonly #sound: MeterSound;
  readonly #control: PortDoor;
  readonly #ftp: FtpPort;
  readonly #connections = new Set<ControlConnection>();
  #lastCommandMs: number;
  #isClosed = false;

  constructor(place: MeterPlace) {
    const nowMs = place.time.nowMs();
    this.name = place.name;
    this.host = place.host;
    this.time = place.time;
    this.promptMs = place.options.promptMs;
    this.#options = place.options;
    this.#dice = place.dice;
    this.#sound = new MeterSound(place.source);
    this.#lastCommandMs = nowMs;
    const { clockOffsetMs, measuring } = place.options;
    const earlier = earlierRecordings(nowMs, clockOffsetMs);
    this.meter = new Meter({
      serialNumber: place.serialNumber,
      source: this.#sound,
      atMs: nowMs,
      measuring,
      clockOffsetMs,
      earlier,
    });
    const { network } = place;
    this.#control = network.controlDoor(place.port, (socket) => this.#admit(socket));
    this.#ftp = new FtpPort({
      port: place.ftpPort,
      network,
      card: {
        user: place.options.ftpUser,
        password: place.options.ftpPassword,
        card: () => this.card(),
        nowNaiveMs: () => this.meter.clock.naiveMsAt(this.time.nowMs()),
        trouble: () => this.faults.get('F14'),
      },
    });
  }

  get port(): number {
    return this.#control.port;
  }

  get ftpPort(): number {
    return this.#ftp.port;
  }

  get heldDb(): number | null {
    return this.#sound.heldDb;
  }

  get report(): ReportView {
    return this.seen.view();
  }

  /** Opens both ports. */
  async open(): Promise<void> {
    await Promise.all([this.#control.open(), this.#ftp.open()]);
  }

  close(): void {
    this.#isClosed = true;
    this.#control.close();
    this.#ftp.close();
    this.resetConnections();
  }

  /** The simulator's 100 ms beat. */
  tick(nowMs: number): void {
    if (this.condition.bootIsOver(nowMs)) {
      this.meter.reboot(nowMs);
      this.resetConnections();
    }
    if (this.condition.sleepIsOver(nowMs)) this.wake();
    if (this.condition.power === 'on') {
      this.#advance(nowMs);
      this.#fallAsleepWhenIdle(nowMs);
    }
    if (this.condition.wedgesNow(this.#connections.size)) this.#resetControl();
    this.#settle(nowMs);
  }

  /** Sets a fault from untrusted parameters. */
  setFault(id: FaultId, params: unknown): FaultChange {
    const change = this.faults.set(id, params);
    if (change.kind === 'ok') {
      if (id === 'F1') this.condition.unwedge();
      applyFault(id, this);
      this.tick(this.time.nowMs());
    }
    return change;
  }

  /** Ends a fault; `false` when it was not set. */
  clearFault(id: FaultId): boolean {
    const params = this.faults.get(id);
    if (!this.faults.clear(id)) return false;
    if (id === 'F1') this.condition.unwedge();
    removeFault(id, params, this);
    this.tick(this.time.nowMs());
    return true;
  }

  /** Plays a steady level instead of the place's sound; `null` gives the sound back. */
  holdLevel(levelDb: number | null): void {
    this.#sound.hold(levelDb, this.time.nowMs());
  }

  /** Replaces the place's sound. */
  setSource(source: LevelSource): void {
    this.#sound.replace(source, this.time.nowMs());
  }

  /** Cuts the power: nothing is answered any more, connections hang. */
  powerOff(): void {
    this.condition.powerOff();
    this.freezeConnections();
    this.tick(this.time.nowMs());
  }

  /** Gives power back after `bootMs`. A measurement that ran starts over; a wedge is cured. */
  powerOn(bootMs: number): void {
    const nowMs = this.time.nowMs();
    this.freezeConnections();
    this.condition.boot(nowMs, bootMs);
    this.tick(nowMs);
  }

  /** Sleeps for so long. */
  sleep(durationMs: number): void {
    this.condition.sleep(this.time.nowMs() + durationMs);
    this.freezeConnections();
  }

  /** Somebody presses the key, or the timer is over. */
  wake(): void {
    if (!this.condition.asleep) return;
    this.condition.wake();
    this.#lastCommandMs = this.time.nowMs();
    this.resetConnections();
  }

  freezeConnections(): void {
    for (const connection of this.#connections) connection.freeze();
    this.#ftp.freeze();
  }

  resetConnections(): void {
    this.#resetControl();
    this.#ftp.reset();
  }

  /** The card as FTP shows it now. */
  card(): CardFolder {
    const nowMs = this.time.nowMs();
    const naiveOffsetMs = Math.round(this.meter.clock.naiveMsAt(nowMs) - nowMs);
    return cardAt(this.meter.recordings, this.#sound, nowMs, naiveOffsetMs, this.#options.waveMb);
  }

  execute(line: string, receivedMs: number): { readonly outcome: Outcome; readonly reply: Reply } {
    const nowMs = this.time.nowMs();
    this.#advance(nowMs);
    const echo = this.meter.setting('Echo') === 'On' || this.faults.get('F19') !== null;
    const forced = forcedCode(line, this.faults);
    const outcome = forced === null ? execute(this.meter, line, nowMs, this.#options.habits) : { code: forced };
    this.seen.command(line, outcome.code, receivedMs);
    this.#lastCommandMs = nowMs;
    if (/^ftp,/i.test(line)) this.condition.ftpToggled();
    this.#settle(nowMs);
    const told = withUsedNames(line, outcome, this.faults, this.meter.setting('Store Name'));
    const { latencyMs } = this.#options;
    return { outcome, reply: composeReply(line, told, { faults: this.faults, echo, latencyMs, dice: this.#dice }) };
  }

  streamLine(kind: 'drd' | 'drd-status', counter: number): string {
    const line = this.meter.drd(counter);
    return kind === 'drd' ? line : `${line},${statusTail(this.meter, this.time.nowMs())}`;
  }

  onAnswered(reply: Reply): void {
    const nowMs = this.time.nowMs();
    this.seen.answered(nowMs);
    if (reply.command === 'dod?' && reply.dataLine !== null) this.seen.dod(reply.dataLine, nowMs);
  }

  onGone(connection: ControlConnection): void {
    if (!this.#connections.delete(connection)) return;
    this.seen.disconnected();
    const ordinaryMs = connection.streamed ? this.#options.slotLingerAfterStreamMs : this.#options.slotLingerMs;
    const nowMs = this.time.nowMs();
    this.condition.releaseSlot(nowMs, this.faults.get('F3')?.closeMs ?? ordinaryMs);
    this.#settle(nowMs);
  }

  #advance(nowMs: number): void {
    this.meter.advance(nowMs, (tickMs) => {
      for (const connection of this.#connections) connection.tick(tickMs);
    });
  }

  #resetControl(): void {
    for (const connection of this.#connections) connection.reset();
  }

  #admit(socket: ControlSocket): void {
    if (!this.condition.slotIsFree(this.time.nowMs())) {
      this.seen.turnedAway();
      refuse(socket);
      return;
    }
    this.condition.takeSlot();
    const connection = new ControlConnection(socket, this);
    this.#connections.add(connection);
    this.seen.connected();
    if (this.faults.get('F16') !== null) connection.freeze();
    this.#settle(this.time.nowMs());
  }

  /** Brings the ports into the state they should have by now; cheap when nothing has changed. */
  #settle(nowMs: number): void {
    if (this.#isClosed) return;
    const wanted = doorsWanted(this.condition.at(nowMs, this.meter.setting('FTP') === 'On', this.#options.busy));
    this.#control.set(wanted.control);
    this.#ftp.set(wanted.ftp);
  }

  #fallAsleepWhenIdle(nowMs: number): void {
    if (this.condition.asleep || this.meter.run === 'Start' || this.meter.setting('Sleep Mode') !== 'On') return;
    if (nowMs - this.#lastCommandMs >= this.#options.sleepAfterMs) this.sleep(Number.POSITIVE_INFINITY);
  }
}
