import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { AccessStore, TokenRecord } from '../../access/access-store.ts';
import type { ConfigClient } from './config-database.ts';

const roleSchema = z.enum(['admin', 'operator', 'viewer']);
const unitsSchema = z.array(z.string()).nullable();

/** Tokens and the secrets of edges in the configuration database. */
export class PrismaAccessStore implements AccessStore {
  readonly #client: ConfigClient;

  constructor(client: ConfigClient) {
    this.#client = client;
  }

  async putToken({ id, name, role, units, createdMs }: TokenRecord, hash: string): Promise<void> {
    const row = { name, role, hash, created: new Date(createdMs), units: JSON.stringify(units) };
    await this.#client.token.upsert({ where: { id }, create: { id, ...row }, update: row });
  }

  async tokenByHash(hash: string): Promise<TokenRecord | null> {
    const row = await this.#client.token.findUnique({ where: { hash } });
    return row === null ? null : recordOf(row);
  }

  async tokens(): Promise<readonly TokenRecord[]> {
    return (await this.#client.token.findMany({ orderBy: { id: 'asc' } })).map(recordOf);
  }

  async deleteToken(id: string): Promise<boolean> {
    return (await this.#client.token.deleteMany({ where: { id } })).count > 0;
  }

  async isEdgeSecret(edge: string, hash: string): Promise<boolean> {
    const kept = (await this.#client.edge.findUnique({ where: { edge }, select: { secretHash: true } }))?.secretHash ?? null;
    return kept !== null && kept.length === hash.length && timingSafeEqual(Buffer.from(kept), Buffer.from(hash));
  }
}

/** A row that is not as we wrote it stops the request with an error rather than give somebody rights. */
function recordOf(row: { id: string; name: string; role: string; units: string; created: Date }): TokenRecord {
  return {
    id: row.id,
    name: row.name,
    role: roleSchema.parse(row.role),
    units: unitsSchema.parse(JSON.parse(row.units)),
    createdMs: row.created.getTime(),
  };
}
