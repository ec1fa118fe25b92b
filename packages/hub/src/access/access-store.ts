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

/** Secrets of people, programs and edges, kept as hashes (secret.ts). Port; Prisma's store and a twin in memory pass one contract test. */
export interface AccessStore {
  putToken(token: TokenRecord, hash: string): Promise<void>;
  /** `null` for a hash that is unknown or revoked. */
  tokenByHash(hash: string): Promise<TokenRecord | null>;
  /** In the order of their ids. */
  tokens(): Promise<readonly TokenRecord[]>;
  /** Whether there was such a token. */
  deleteToken(id: string): Promise<boolean>;
  /** Whether this is the hash of the edge's present secret. */
  isEdgeSecret(edge: string, hash: string): Promise<boolean>;
}
