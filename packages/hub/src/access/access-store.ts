import type { Identity, Role } from './identity.ts';

/** Secrets of people, programs and edges, kept as hashes. Port; the real one is Prisma's. */
export interface AccessStore {
  /** Creates a token; the text is shown once and kept nowhere. */
  createToken(wanted: {
    readonly name: string;
    readonly role: Role;
    readonly units: readonly string[] | null;
    readonly token: string;
  }): Promise<void>;
  /** `null` for a token that is unknown or revoked. */
  identityOfToken(token: string): Promise<Identity | null>;
  hasAdminToken(): Promise<boolean>;
  /** Whether this is the edge's present secret. */
  isEdgeSecret(edge: string, secret: string): Promise<boolean>;
}
