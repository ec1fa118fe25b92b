/**
 * How a client gets into the embedded broker: as a stranger behind a guarded connection, then by its CONNECT, and out again when its secret loses its power.
 * Neighbours: guarded-connection.ts, broker-gate.ts; aedes-broker.ts asks what a session may do.
 */
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Clock, Logger } from '@slmm/shared';
import type { Aedes } from 'aedes';
import type { Access, BrokerLogin } from '../../access/access.ts';
import { type Admission, BrokerGate, CONNACK, type Introduction } from './broker-gate.ts';
import { GuardedConnection } from './guarded-connection.ts';
import type { Party } from './topic-permissions.ts';

/** Sockets that have not signed in yet; beyond that new ones are closed at once. */
const MAX_STRANGERS = 1_000;
const MAX_STRANGERS_PER_ADDRESS = 200;

export type Client = Parameters<Aedes['authorizeSubscribe']>[0];
type ConnectPacket = Parameters<Aedes['preConnect']>[1];

export interface Session {
  readonly party: Party;
  readonly login: BrokerLogin;
  readonly filters: Set<string>;
}

export interface BrokerDoorParts {
  readonly access: Access;
  readonly clock: Clock;
  readonly log: Logger;
  /** Counts and says it. */
  readonly refused: (reason: string, who: string, text: string) => void;
  /** Takes a connection into the broker. */
  readonly handle: (connection: GuardedConnection) => void;
}

export class BrokerDoor {
  readonly #parts: BrokerDoorParts;
  readonly #gate: BrokerGate;
  // Weak, because a last will is still to be judged after its connection is gone.
  readonly #sessions = new WeakMap<Client, Session>();
  readonly #admissions = new WeakMap<Client, Admission>();
  readonly #clients = new Set<Client>();
  readonly #connections = new Set<GuardedConnection>();
  readonly #strangers = new Map<GuardedConnection, string>();

  constructor(parts: BrokerDoorParts) {
    this.#parts = parts;
    this.#gate = new BrokerGate(parts.access, parts.clock);
  }

  /** Who this client is; `undefined` for one that did not sign in. */
  session(client: Client): Session | undefined {
    return this.#sessions.get(client);
  }

  /** A new socket: guarded from its first byte, bounded in number until it signs in. */
  greet(socket: Socket): void {
    const address = socket.remoteAddress ?? 'unknown';
    const fromHere = [...this.#strangers.values()].filter((other) => other === address);
    if (this.#strangers.size >= MAX_STRANGERS || fromHere.length >= MAX_STRANGERS_PER_ADDRESS) {
      this.#parts.refused('too-many-strangers', address, 'too many connections that have not signed in');
      socket.on('error', () => undefined);
      socket.destroy();
      return;
    }
    const connection = new GuardedConnection(socket, (reason) => this.#parts.refused('framing', address, reason));
    this.#connections.add(connection);
    this.#strangers.set(connection, address);
    connection.on('close', () => {
      this.#connections.delete(connection);
      this.#strangers.delete(connection);
    });
    this.#parts.handle(connection);
  }

  /** Finds out who connects, before aedes asks. The client id gets the identity in front, so that nobody can take another's session over. */
  async meet(client: Client, packet: ConnectPacket): Promise<void> {
    const admission = await this.#gate.admit(introductionOf(client, packet)).catch((error: unknown): Admission => {
      this.#parts.log.error({ err: error }, 'a login could not be checked');
      return { kind: 'refused', returnCode: CONNACK.unavailable, reason: 'the login could not be checked' };
    });
    if (client.closed) return;
    this.#admissions.set(client, admission);
    // The broker keeps nothing for those who are away: journals and retained messages do, and a queue per absent reader would have no bound.
    packet.clean = true;
    if (admission.kind === 'refused') return;
    packet.clientId = sessionName(admission.party, packet.clientId);
    this.#sessions.set(client, { party: admission.party, login: admission.login, filters: new Set() });
  }

  /** Tells aedes what was found out. */
  authenticate(client: Client, done: Parameters<Aedes['authenticate']>[3]): void {
    const admission = this.#admissions.get(client);
    if (admission?.kind === 'admitted') {
      done(null, true);
      return;
    }
    const { returnCode, reason } = admission ?? { returnCode: CONNACK.unavailable, reason: 'the connection ended' };
    this.#parts.refused('login', addressOf(client), reason);
    done(Object.assign(new Error(reason), { returnCode }), false);
  }

  /** The client is in: what it sent behind its CONNECT goes on. False when it is gone already; else `left` is called when it goes. */
  open(client: Client, left: () => void): boolean {
    const session = this.#sessions.get(client);
    if (session === undefined || !(client.conn instanceof GuardedConnection) || client.conn.destroyed) return false;
    client.conn.admit();
    this.#strangers.delete(client.conn);
    this.#clients.add(client);
    this.#parts.log.debug({ party: describe(session.party), address: addressOf(client) }, 'MQTT client connected');
    client.conn.once('close', () => {
      this.#clients.delete(client);
      left();
    });
    return true;
  }

  /** A secret lost its power: every session that lives by it ends now. */
  async endRevoked(concerns: (party: Party) => boolean): Promise<void> {
    for (const client of this.#clients) {
      const session = this.#sessions.get(client);
      if (session === undefined || !concerns(session.party) || (await session.login.isStillGood().catch(() => true))) continue;
      this.#parts.refused('revoked', describe(session.party), 'the secret was revoked');
      client.conn.destroy();
    }
  }

  close(): void {
    for (const connection of this.#connections) connection.destroy();
  }
}

function introductionOf(client: Client, packet: ConnectPacket): Introduction {
  const { username, password, clientId, clean, will } = packet;
  return {
    address: addressOf(client),
    userName: username ?? '',
    password: password?.toString() ?? '',
    clientId,
    clean: clean !== false,
    will: will === undefined ? null : { topic: will.topic, retain: will.retain === true, bytes: will.payload.length },
  };
}

function addressOf(client: Client): string {
  return client.conn instanceof GuardedConnection ? client.conn.remoteAddress : 'unknown';
}

/** For logs. */
export function describe(party: Party): string {
  if (party.kind === 'edge') return `edge ${party.edge}`;
  return party.kind === 'reader' ? `reader ${party.name}` : `anybody (${party.edge ?? 'no id'})`;
}

/** One session per edge, however often its disk was copied; readers keep their own id beside their name. */
function sessionName(party: Party, clientId: string): string {
  const own = clientId === '' ? randomUUID() : clientId;
  if (party.kind === 'edge') return `edge/${party.edge}`;
  return party.kind === 'reader' ? `reader/${party.name}/${own}` : `open/${own}`;
}
