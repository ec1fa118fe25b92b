import type { AccessStore, SessionRecord, TokenRecord } from '../../access/access-store.ts';

/** Tokens in memory: the twin of the Prisma store, for tests. Edges' secrets are the fleet store's. */
export class MemoryAccessStore implements AccessStore {
  readonly #tokens = new Map<string, { readonly token: TokenRecord; readonly hash: string }>();
  /** In the order in which they were opened. */
  readonly #sessions = new Map<string, SessionRecord>();
  readonly #edgeSecretHash: (edge: string) => string | null;

  constructor(edges: { edgeSecretHash(edge: string): string | null }) {
    this.#edgeSecretHash = (edge) => edges.edgeSecretHash(edge);
  }

  async putToken(token: TokenRecord, hash: string): Promise<void> {
    this.#tokens.set(token.id, { token, hash });
  }

  async tokenByHash(hash: string): Promise<TokenRecord | null> {
    return [...this.#tokens.values()].find((one) => one.hash === hash)?.token ?? null;
  }

  async tokens(): Promise<readonly TokenRecord[]> {
    return [...this.#tokens.values()].map((one) => one.token).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async deleteToken(id: string): Promise<boolean> {
    return this.#tokens.delete(id);
  }

  async putSession(session: SessionRecord): Promise<void> {
    this.#sessions.set(session.idHash, session);
  }

  async session(idHash: string): Promise<SessionRecord | null> {
    return this.#sessions.get(idHash) ?? null;
  }

  async deleteSession(idHash: string): Promise<void> {
    this.#sessions.delete(idHash);
  }

  async forgetSessions({ endedBeforeMs, keep }: Parameters<AccessStore['forgetSessions']>[0]): Promise<void> {
    for (const [idHash, { endsMs }] of this.#sessions) if (endsMs < endedBeforeMs) this.#sessions.delete(idHash);
    for (const idHash of [...this.#sessions.keys()].slice(0, -keep)) this.#sessions.delete(idHash);
  }

  async isEdgeSecret(edge: string, hash: string): Promise<boolean> {
    return this.#edgeSecretHash(edge) === hash;
  }
}
