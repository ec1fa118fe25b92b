import type { AccessStore, TokenRecord } from '../../access/access-store.ts';

/** Tokens in memory: the twin of the Prisma store, for tests. Edges' secrets are the fleet store's. */
export class MemoryAccessStore implements AccessStore {
  readonly #tokens = new Map<string, { readonly token: TokenRecord; readonly hash: string }>();
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

  async isEdgeSecret(edge: string, hash: string): Promise<boolean> {
    return this.#edgeSecretHash(edge) === hash;
  }
}
