/** Who may sign in to the broker: bounds failed logins, asks access, checks the last will. Neighbours: aedes-broker.ts opens the session or refuses it. */
import { isId } from '@slmm/protocol';
import type { Clock } from '@slmm/shared';
import type { Access, BrokerLogin } from '../../access/access.ts';
import { LoginLimiter } from './login-limiter.ts';
import { mayPublish, type Party } from './topic-permissions.ts';

/** Return codes of CONNACK, MQTT 3.1.1 section 3.2.2.3. */
export const CONNACK = { identifierRejected: 2, unavailable: 3, badCredentials: 4, notAuthorized: 5 } as const;

/** What a client says in its CONNECT, as far as it matters here. */
export interface Introduction {
  readonly address: string;
  readonly userName: string;
  readonly password: string;
  readonly clientId: string;
  readonly clean: boolean;
  readonly will: { readonly topic: string; readonly retain: boolean; readonly bytes: number } | null;
}

export type Admission =
  | { readonly kind: 'admitted'; readonly party: Party; readonly login: BrokerLogin }
  | { readonly kind: 'refused'; readonly returnCode: number; readonly reason: string };

export class BrokerGate {
  readonly #access: Access;
  readonly #clock: Clock;
  readonly #perUser = new LoginLimiter({ failures: 10, windowMs: 30_000, keys: 10_000 });
  readonly #perAddress = new LoginLimiter({ failures: 100, windowMs: 30_000, keys: 10_000 });

  constructor(access: Access, clock: Clock) {
    this.#access = access;
    this.#clock = clock;
  }

  /** Rejects when the store of secrets does. */
  async admit(client: Introduction): Promise<Admission> {
    const nowMs = this.#clock.monotonicMs();
    const userKey = `${client.address} ${client.userName.slice(0, 64)}`;
    if (client.clientId === '' && !client.clean) return refused(CONNACK.identifierRejected, 'no client id and no clean session');
    if (this.#perUser.isBlocked(userKey, nowMs) || this.#perAddress.isBlocked(client.address, nowMs))
      return refused(CONNACK.unavailable, 'too many failed logins; wait half a minute');
    const login = await this.#access.brokerLogin(client.userName, client.password);
    if (login === null) {
      this.#perUser.failed(userKey, nowMs);
      this.#perAddress.failed(client.address, nowMs);
      return refused(CONNACK.badCredentials, 'the user name or password is wrong');
    }
    this.#perUser.succeeded(userKey);
    const party = this.#partyOf(login, client);
    const will = client.will === null ? null : mayPublish(party, client.will);
    if (will !== null && will.kind !== 'accept') return refused(CONNACK.notAuthorized, `last will: ${will.reason}`);
    return { kind: 'admitted', party, login };
  }

  #partyOf({ identity }: BrokerLogin, { userName, clientId }: Introduction): Party {
    if (identity.kind === 'edge') return { kind: 'edge', edge: identity.edge };
    if (this.#access.mode === 'required') return { kind: 'reader', name: identity.name, units: identity.units };
    return { kind: 'open', edge: [userName, clientId].find(isId) ?? null };
  }
}

function refused(returnCode: number, reason: string): Admission {
  return { kind: 'refused', returnCode, reason };
}
