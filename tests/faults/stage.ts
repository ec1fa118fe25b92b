/**
 * Real programs for the kill cycles: an edge with made-up meters, a hub, on demand a mosquitto and a PostgreSQL, and a spoilable link before each server.
 * Everything in one folder, on ports of its own. Neighbours: kill-cycles.ts plays on it, oracle.ts looks at what is left.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findMosquitto, type Mosquitto, startMosquitto } from '../servers/mosquitto.ts';
import { freePort } from '../servers/free-port.ts';
import { type PostgresCluster, startPostgres } from '../servers/postgres.ts';
import { FaultProxy } from './fault-proxy.ts';

export interface Cast {
  readonly broker: 'embedded' | 'mosquitto';
  readonly database: 'sqlite' | 'postgresql';
}

export const EDGE = 'under-fire';
export const UNITS = ['u1', 'u2', 'u3', 'u4'];
/** Frames of each unit come this often. */
const EVERY_MS = 10;
// The programs run from what was built; this file is in tests/faults or, built, in tests/dist/faults.
const ROOT = import.meta.url.includes('/dist/') ? '../../..' : '../..';
const HUB = fileURLToPath(new URL(`${ROOT}/packages/hub/bin/slmm-hub.js`, import.meta.url));
const EDGE_PROGRAM = fileURLToPath(new URL(`${ROOT}/tests/dist/faults/edge-under-fire.js`, import.meta.url));

export type Actor = 'hub' | 'edge' | 'broker' | 'database';

export class Stage {
  readonly cast: Cast;
  readonly dataDir: string;
  readonly httpPort: number;
  /** What may be killed. */
  readonly actors: readonly Actor[];
  /** What may be spoiled. */
  readonly links: readonly { readonly name: string; readonly proxy: FaultProxy }[];
  readonly #mqttPort: number;
  readonly #mosquitto: Mosquitto | null;
  readonly #postgres: PostgresCluster | null;
  readonly #edgeLink: FaultProxy;
  readonly #brokerLink: FaultProxy | null;
  readonly #databaseLink: FaultProxy | null;
  readonly #children = new Map<'hub' | 'edge', ChildProcess>();

  private constructor(parts: {
    cast: Cast;
    dataDir: string;
    httpPort: number;
    mqttPort: number;
    mosquitto: Mosquitto | null;
    postgres: PostgresCluster | null;
  }) {
    this.cast = parts.cast;
    this.dataDir = parts.dataDir;
    this.httpPort = parts.httpPort;
    this.#mqttPort = parts.mqttPort;
    this.#mosquitto = parts.mosquitto;
    this.#postgres = parts.postgres;
    this.#edgeLink = new FaultProxy(parts.mqttPort);
    this.#brokerLink = parts.mosquitto === null ? null : new FaultProxy(parts.mqttPort);
    this.#databaseLink = parts.postgres === null ? null : new FaultProxy(Number(new URL(parts.postgres.url).port));
    this.actors = [
      'hub',
      'edge',
      ...(parts.mosquitto === null ? [] : (['broker'] as const)),
      ...(parts.postgres === null ? [] : (['database'] as const)),
    ];
    this.links = [
      { name: 'edge to broker', proxy: this.#edgeLink },
      ...(this.#brokerLink === null ? [] : [{ name: 'hub to broker', proxy: this.#brokerLink }]),
      ...(this.#databaseLink === null ? [] : [{ name: 'hub to database', proxy: this.#databaseLink }]),
    ];
  }

  /** Starts servers and links; the programs not yet. Rejects where mosquitto or PostgreSQL is wanted and not installed. */
  static async set(cast: Cast): Promise<Stage> {
    const program = cast.broker === 'mosquitto' ? findMosquitto() : null;
    if (cast.broker === 'mosquitto' && program === null) throw new Error('mosquitto is not installed');
    const mosquitto = program === null ? null : await startMosquitto(program);
    const postgres = cast.database === 'postgresql' ? await startPostgres() : null;
    if (cast.database === 'postgresql' && postgres === null) throw new Error('PostgreSQL is not installed');
    const stage = new Stage({
      cast,
      dataDir: await mkdtemp(join(tmpdir(), 'slmm-fire-')),
      httpPort: await freePort(),
      mqttPort: mosquitto?.port ?? (await freePort()),
      mosquitto,
      postgres,
    });
    for (const { proxy } of stage.links) await proxy.open();
    return stage;
  }

  /** Everything the hub keeps. */
  get hubDir(): string {
    return join(this.dataDir, 'hub');
  }

  /** Where an observer hears everything, past the spoiled links. */
  get brokerUrl(): string {
    return `mqtt://127.0.0.1:${this.#mqttPort}`;
  }

  async start(actor: Actor, units: readonly string[] = UNITS): Promise<void> {
    switch (actor) {
      case 'broker':
        return await this.#mosquitto?.start();
      case 'database':
        return await this.#postgres?.start();
      case 'edge':
        return await this.#run('edge', EDGE_PROGRAM, [String(units.length), String(EVERY_MS)], {
          SLMM_EDGE_ID: EDGE,
          SLMM_MQTT_URL: `mqtt://127.0.0.1:${this.#edgeLink.port}`,
          SLMM_EDGE_SYNC_MS: '20',
        });
      case 'hub':
        return await this.#run('hub', HUB, [], {
          SLMM_AUTH: 'none',
          SLMM_DATA_DIR: this.hubDir,
          SLMM_HTTP_PORT: String(this.httpPort),
          ...(this.#brokerLink === null
            ? { SLMM_MQTT_PORT: String(this.#mqttPort) }
            : { SLMM_MQTT_URL: `mqtt://127.0.0.1:${this.#brokerLink.port}` }),
          ...(this.#databaseLink === null
            ? {}
            : { SLMM_DATABASE_URL: `postgresql://slmm@127.0.0.1:${this.#databaseLink.port}/postgres` }),
        });
    }
  }

  /** SIGKILL; for PostgreSQL what comes nearest to it for a family of processes. */
  async kill(actor: Actor): Promise<void> {
    if (actor === 'broker') return await this.#mosquitto?.stop();
    if (actor === 'database') return await this.#postgres?.crash();
    await this.#end(actor, 'SIGKILL');
  }

  /** A clean stop of the edge: what it has numbered by then is on its disk. */
  async stopEdge(): Promise<void> {
    await this.#end('edge', 'SIGTERM');
  }

  /** The program does not get a processor for a while, as with a machine that sleeps. */
  async pause(actor: 'hub' | 'edge', ms: number): Promise<void> {
    const child = this.#children.get(actor);
    child?.kill('SIGSTOP');
    await new Promise((done) => setTimeout(done, ms));
    child?.kill('SIGCONT');
  }

  async close(): Promise<void> {
    for (const child of this.#children.values()) child.kill('SIGKILL');
    for (const { proxy } of this.links) proxy.close();
    await this.#mosquitto?.close();
    await this.#postgres?.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  async #run(
    actor: 'hub' | 'edge',
    program: string,
    words: readonly string[],
    more: Readonly<Record<string, string>>,
  ): Promise<void> {
    // A hub whose database is away at its start ends with an error; whoever supervises it starts it again.
    for (let tries = 1; ; tries += 1) {
      const env = { PATH: process.env['PATH'], SLMM_LOG_LEVEL: 'fatal', SLMM_DATA_DIR: this.dataDir, ...more };
      const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', 'inherit'], env });
      this.#children.set(actor, child);
      const up = await Promise.race([once(child.stdout, 'data').then(() => true), once(child, 'exit').then(() => false)]);
      child.stdout.resume();
      if (up) return;
      if (tries === 20) throw new Error(`${program} ended by itself ${tries} times`);
      await new Promise((done) => setTimeout(done, 500));
    }
  }

  async #end(actor: 'hub' | 'edge', signal: NodeJS.Signals): Promise<void> {
    const child = this.#children.get(actor);
    this.#children.delete(actor);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}
