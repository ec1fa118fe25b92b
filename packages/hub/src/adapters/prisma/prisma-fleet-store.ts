import type { EdgeConfig, FleetStore, UnitConfig } from '../../fleet/fleet.ts';
import type { ConfigClient } from './config-database.ts';

/** Units and edges in the configuration database. */
export class PrismaFleetStore implements FleetStore {
  readonly #client: ConfigClient;

  constructor(client: ConfigClient) {
    this.#client = client;
  }

  async units(): Promise<readonly UnitConfig[]> {
    const rows = await this.#client.unit.findMany({ orderBy: [{ place: 'asc' }, { unit: 'asc' }] });
    return rows.map((row) => ({ ...rowOf({ ...row, acquisition: row.acquisition === 'drd' ? 'drd' : 'dod' }) }));
  }

  async putUnit(config: UnitConfig): Promise<void> {
    const row = rowOf(config);
    const { unit, edge } = row;
    const { _max: last } = await this.#client.unit.aggregate({ _max: { place: true } });
    const put = this.#client.unit.upsert({ where: { unit }, create: { ...row, place: (last.place ?? 0) + 1 }, update: row });
    if (edge === null) await put;
    else
      await this.#client.$transaction([
        put,
        this.#client.assignment.upsert({ where: { unit_edge: { unit, edge } }, create: { unit, edge }, update: {} }),
      ]);
  }

  async assignments(): Promise<readonly { readonly unit: string; readonly edge: string }[]> {
    return this.#client.assignment.findMany();
  }

  async deleteUnit(unit: string): Promise<boolean> {
    return (await this.#client.unit.deleteMany({ where: { unit } })).count > 0;
  }

  async edges(): Promise<readonly EdgeConfig[]> {
    const rows = await this.#client.edge.findMany({ orderBy: { edge: 'asc' } });
    return rows.map(({ edge, created, revision }) => ({ edge, createdMs: created.getTime(), revision }));
  }

  async putEdge(edge: string, secretHash: string | null, createdMs: number): Promise<void> {
    await this.#client.edge.upsert({
      where: { edge },
      create: { edge, secretHash, created: new Date(createdMs) },
      update: { secretHash },
    });
  }

  async deleteEdge(edge: string): Promise<boolean> {
    return (await this.#client.edge.deleteMany({ where: { edge } })).count > 0;
  }

  /** One statement, so that two processes never get the same number. */
  async nextRevision(edge: string, above = 0): Promise<number> {
    const rows = await this.#client.$queryRaw<{ revision: number | bigint }[]>`
      UPDATE "edges" SET "revision" = CASE WHEN "revision" > ${above} THEN "revision" ELSE ${above} END + 1
      WHERE "edge" = ${edge} RETURNING "revision"`;
    return Number(rows[0]?.revision ?? 0);
  }
}

/** Exactly the columns, whatever else the object carries. */
function rowOf(config: UnitConfig): UnitConfig {
  const { unit, edge, host, tcpPort, ftpPort, tcpEnabled, ftpEnabled, webEnabled, ftpUsername, ftpPassword } = config;
  const { pollEnabled, pollIntervalSeconds, monitorEnabled, acquisition, timezone } = config;
  const access = { unit, edge, host, tcpPort, ftpPort, tcpEnabled, ftpEnabled, webEnabled, ftpUsername, ftpPassword };
  return { ...access, pollEnabled, pollIntervalSeconds, monitorEnabled, acquisition, timezone };
}
