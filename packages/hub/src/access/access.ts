/**
 * Who is calling: the one place that turns tokens, session ids and edge secrets into identities.
 * Neighbours: adapters/http and adapters/ws ask for people, adapters/broker for people and edges; policy.ts says what an identity may do.
 */
import { randomUUID } from 'node:crypto';
import { isId } from '@slmm/protocol';
import { type Clock, InvariantError } from '@slmm/shared';
import type { AccessStore, TokenRecord } from './access-store.ts';
import { AnswerCache } from './answer-cache.ts';
import type { Identity, Role } from './identity.ts';
import { hashSecret, newSecret } from './secret.ts';
import { SESSION_SECONDS, Sessions } from './sessions.ts';

/** The token that `SLMM_ADMIN_TOKEN` sets, or that is made at the first start. */
export const ADMIN_TOKEN_ID = 'admin';

const OPEN_MODE_IDENTITY: Identity = { kind: 'person', name: 'anybody', role: 'admin', units: null };

/** `required`: nobody without a secret. `none`: everybody is admin, and any edge id is taken (loopback only, see settings.ts). */
export type AccessMode = 'required' | 'none';

/** Told when a secret lost its power, so that live connections can be ended. */
export interface RevocationListener {
  token?(id: string): void;
  edge?(edge: string): void;
}

export interface WantedToken {
  readonly name: string;
  readonly role: Role;
  /** `null` for all. */
  readonly units: readonly string[] | null;
}

export interface OpenSession {
  /** For the cookie. */
  readonly session: string;
  readonly expiresMs: number;
  readonly identity: Identity;
}

export interface BrokerLogin {
  readonly identity: Identity;
  readonly isStillGood: () => Promise<boolean>;
}

export class Access {
  readonly mode: AccessMode;
  readonly #store: AccessStore;
  readonly #clock: Clock;
  readonly #sessions: Sessions;
  readonly #tokens: AnswerCache<TokenRecord>;
  readonly #listeners = new Set<RevocationListener>();

  constructor(parts: { readonly mode: AccessMode; readonly store: AccessStore; readonly clock: Clock }) {
    this.mode = parts.mode;
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#sessions = new Sessions(parts.store, parts.clock);
    this.#tokens = new AnswerCache(parts.clock);
  }

  /** Who holds this token; `null` for nobody. In open mode everybody is admin, with or without one. */
  async identityOfToken(token: string): Promise<Identity | null> {
    if (this.mode === 'none') return OPEN_MODE_IDENTITY;
    return token === '' ? null : this.#identityOf(hashSecret(token));
  }

  /** Opens a browser session for the holder of a token; `null` for a token that is unknown or revoked. */
  async openSession(token: string): Promise<OpenSession | null> {
    const identity = await this.identityOfToken(token);
    if (identity === null) return null;
    const expiresMs = this.#clock.nowMs() + SESSION_SECONDS * 1000;
    return { session: await this.#sessions.open(hashSecret(token)), expiresMs, identity };
  }

  /** Who is behind a session; `null` for a session that is unknown or over, or whose token was revoked. */
  async identityOfSession(session: string): Promise<Identity | null> {
    if (this.mode === 'none') return OPEN_MODE_IDENTITY;
    const hash = await this.#sessions.tokenHash(session);
    return hash === null ? null : this.#identityOf(hash);
  }

  closeSession(session: string): Promise<void> {
    return this.#sessions.close(session);
  }

  /**
   * Who signs in to the broker: an edge by its id and secret, anybody else by a token as the password, whatever the user name.
   * `isStillGood` says whether the same secret would be let in now; it keeps no secret.
   */
  async brokerLogin(userName: string, password: string): Promise<BrokerLogin | null> {
    if (this.mode === 'none') return { identity: OPEN_MODE_IDENTITY, isStillGood: async () => true };
    if (password === '') return null;
    const hash = hashSecret(password);
    if (isId(userName) && (await this.#store.isEdgeSecret(userName, hash)))
      return { identity: { kind: 'edge', edge: userName }, isStillGood: () => this.#store.isEdgeSecret(userName, hash) };
    const identity = await this.#identityOf(hash);
    return identity === null ? null : { identity, isStillGood: async () => (await this.#identityOf(hash)) !== null };
  }

  tokens(): Promise<readonly TokenRecord[]> {
    return this.#store.tokens();
  }

  /** Makes a token; its text is returned here and never again. */
  async issueToken(wanted: WantedToken): Promise<TokenRecord & { readonly token: string }> {
    const { name, role, units } = wanted;
    const token = newSecret('token');
    const record = { id: randomUUID(), name, role, units, createdMs: this.#clock.nowMs() };
    await this.#store.putToken(record, hashSecret(token));
    return { ...record, token };
  }

  /** False when there is no such token. */
  async revokeToken(id: string): Promise<boolean> {
    const was = await this.#store.deleteToken(id);
    this.#revoked(id);
    return was;
  }

  /** To be called when an edge was removed or got another secret. */
  edgeRevoked(edge: string): void {
    for (const listener of this.#listeners) listener.edge?.(edge);
  }

  onRevoked(listener: RevocationListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Sees to it that there is an admin: `SLMM_ADMIN_TOKEN` becomes the admin token in place of the former one; without it one is made when there is none yet.
   * Returns the text of a token that was made, to be shown once; else `null`.
   */
  async ensureAdmin(given: string | null): Promise<string | null> {
    const tokens = await this.#store.tokens();
    if (given === null && tokens.some((token) => token.role === 'admin')) return null;
    const text = given ?? newSecret('token');
    if (text === '') throw new InvariantError('an empty token would let everybody in');
    if ((await this.#store.tokenByHash(hashSecret(text)))?.id !== ADMIN_TOKEN_ID) {
      const admin = { id: ADMIN_TOKEN_ID, name: 'admin', role: 'admin', units: null } as const;
      await this.#store.putToken({ ...admin, createdMs: this.#clock.nowMs() }, hashSecret(text));
      this.#revoked(ADMIN_TOKEN_ID);
    }
    return given === null ? text : null;
  }

  async #identityOf(hash: string): Promise<Identity | null> {
    const token = await this.#tokens.answer(hash, () => this.#store.tokenByHash(hash));
    return token === null ? null : identityOf(token);
  }

  #revoked(id: string): void {
    this.#tokens.forget((token) => token.id === id);
    for (const listener of this.#listeners) listener.token?.(id);
  }
}

function identityOf(token: TokenRecord): Identity {
  return { kind: 'person', name: token.name, role: token.role, units: token.units };
}
