import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { AccessStore, SessionRecord, TokenRecord } from '../../access/access-store.ts';
import type { ConfigClient } from './config-database.ts';

const roleSchema = z.enum(['admin', 'operator', 'viewer']);
const unitsSchema = z.array(z.string()).nullable();

/** Tokens, sessions and the secrets of edges in the configuration database. */
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

  async putSession({ idHash, tokenHash, endsMs }: SessionRecord): Promise<void> {
    await this.#client.session.create({ data: { id: idHash, token: tokenHash, ends: BigInt(Math.round(endsMs)) } });
  }

  async session(idHash: string): Promise<SessionRecord | null> {
    const row = await this.#client.session.findUnique({ where: { id: idHash } });
    return row === null ? null : { idHash: row.id, tokenHash: row.token, endsMs: Number(row.ends) };
  }

  async deleteSession(idHash: string): Promise<void> {
    await this.#client.session.deleteMany({ where: { id: idHash } });
  }

  async forgetSessions({ endedBeforeMs, keep }: Parameters<AccessStore['forgetSessions']>[0]): Promise<void> {
    await this.#client.session.deleteMany({ where: { ends: { lt: BigInt(Math.round(endedBeforeMs)) } } });
    const oldestKept = await this.#client.session.findMany({ orderBy: { number: 'desc' }, skip: keep - 1, take: 1 });
    const number = oldestKept[0]?.number;
    if (number !== undefined) await this.#client.session.deleteMany({ where: { number: { lt: number } } });
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
