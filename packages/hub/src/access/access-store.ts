import type { Role } from './identity.ts';

/** A token of a person or program, as listed; the secret itself is kept nowhere. */
export interface TokenRecord {
  /** Unique; a token put under an id that exists replaces the former one. */
  readonly id: string;
  /** For people: whose it is. */
  readonly name: string;
  readonly role: Role;
  /** `null` for all. */
  readonly units: readonly string[] | null;
  readonly createdMs: number;
}

/** A browser that is signed in. Both are hashes, so that a copy of the database signs nobody in. */
export interface SessionRecord {
  readonly idHash: string;
  /** Of the token that it was opened with. */
  readonly tokenHash: string;
  readonly endsMs: number;
}

/** Secrets of people, programs and edges, kept as hashes (secret.ts). Port; Prisma's store and a twin in memory pass one contract test. */
export interface AccessStore {
  putToken(token: TokenRecord, hash: string): Promise<void>;
  /** `null` for a hash that is unknown or revoked. */
  tokenByHash(hash: string): Promise<TokenRecord | null>;
  /** In the order of their ids. */
  tokens(): Promise<readonly TokenRecord[]>;
  /** Whether there was such a token. */
  deleteToken(id: string): Promise<boolean>;
  putSession(session: SessionRecord): Promise<void>;
  session(idHash: string): Promise<SessionRecord | null>;
  deleteSession(idHash: string): Promise<void>;
  /** Deletes sessions that ended before this instant, and those that were opened first where there are more than `keep`. */
  forgetSessions(what: { readonly endedBeforeMs: number; readonly keep: number }): Promise<void>;
  /** Whether this is the hash of the edge's present secret. */
  isEdgeSecret(edge: string, hash: string): Promise<boolean>;
}
