import type { Identity, Role } from '../access/identity.ts';

/** A token as its administrator may see it; the secret itself is kept nowhere. */
export interface TokenView {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** `null` for all units. */
  readonly units: readonly string[] | null;
  readonly createdMs: number;
}

/** Who is calling, and who may call: what the API asks of access. Port; the real one is the access facade. None of these rejects for a bad credential. */
export interface ApiAccess {
  /** `null` for a token that is unknown or revoked. */
  identityOfToken(token: string): Promise<Identity | null>;
  /** Opens a browser session for the holder of a token; `null` for a token that is unknown or revoked. `session` is a secret of at least 128 random bits. */
  openSession(
    token: string,
  ): Promise<{ readonly session: string; readonly expiresMs: number; readonly identity: Identity } | null>;
  /** `null` for a session that is unknown, over, or whose token was revoked. */
  identityOfSession(session: string): Promise<Identity | null>;
  closeSession(session: string): Promise<void>;
  tokens(): Promise<readonly TokenView[]>;
  /** The token's text is in this answer and never shown again. */
  issueToken(wanted: {
    readonly name: string;
    readonly role: Role;
    readonly units: readonly string[] | null;
  }): Promise<TokenView & { readonly token: string }>;
  /** False when there is no such token. */
  revokeToken(id: string): Promise<boolean>;
}
