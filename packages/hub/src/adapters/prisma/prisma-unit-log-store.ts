import {
  type LogLine,
  type LogQuery,
  type LogStats,
  MAX_UNIT_LOG_LINES,
  type StoredLogLine,
  type UnitLogStore,
} from '../../fleet/unit-log.ts';
import { type StatusNote, type StatusNoteStore, statusNoteSchema } from '../../fleet/status-note.ts';
import type { ConfigClient } from './config-database.ts';

/** The unit log in the configuration database. */
export class PrismaUnitLogStore implements UnitLogStore {
  readonly #client: ConfigClient;

  constructor(client: ConfigClient) {
    this.#client = client;
  }

  async append(lines: readonly LogLine[]): Promise<void> {
    await this.#client.unitLogLine.createMany({
      data: lines.map(({ unit, atMs, level, category, message }) => ({
        unit,
        at: BigInt(Math.round(atMs)),
        level,
        category,
        message,
      })),
    });
    for (const unit of new Set(lines.map((line) => line.unit))) await this.#trim(unit);
  }

  async lines(unit: string, { limit, offset, level, category }: LogQuery): Promise<readonly StoredLogLine[]> {
    const rows = await this.#client.unitLogLine.findMany({
      where: { unit, ...(level === null ? {} : { level }), ...(category === null ? {} : { category }) },
      orderBy: [{ at: 'desc' }, { id: 'desc' }],
      take: limit,
      skip: offset,
    });
    return rows.map(({ at, ...row }) => ({ ...row, atMs: Number(at) }));
  }

  async stats(unit: string): Promise<LogStats> {
    const lines = this.#client.unitLogLine;
    const where = { unit };
    const levels = await lines.groupBy({ by: ['level'], where, _count: { id: true } });
    const categories = await lines.groupBy({ by: ['category'], where, _count: { id: true } });
    const { _min: oldest, _max: newest } = await lines.aggregate({ where, _min: { at: true }, _max: { at: true } });
    return {
      total: levels.reduce((sum, row) => sum + row._count.id, 0),
      byLevel: Object.fromEntries(levels.map((row) => [row.level, row._count.id])),
      byCategory: Object.fromEntries(categories.map((row) => [row.category, row._count.id])),
      oldestMs: oldest.at === null ? null : Number(oldest.at),
      newestMs: newest.at === null ? null : Number(newest.at),
    };
  }

  async clear(unit: string): Promise<number> {
    return (await this.#client.unitLogLine.deleteMany({ where: { unit } })).count;
  }

  async #trim(unit: string): Promise<void> {
    const [first] = await this.#client.unitLogLine.findMany({
      where: { unit },
      orderBy: { id: 'desc' },
      skip: MAX_UNIT_LOG_LINES,
      take: 1,
      select: { id: true },
    });
    if (first !== undefined) await this.#client.unitLogLine.deleteMany({ where: { unit, id: { lte: first.id } } });
  }
}

/** Status notes in the configuration database. */
export class PrismaStatusNoteStore implements StatusNoteStore {
  readonly #client: ConfigClient;

  constructor(client: ConfigClient) {
    this.#client = client;
  }

  async note(unit: string): Promise<StatusNote | null> {
    const row = await this.#client.statusNote.findUnique({ where: { unit } });
    return row === null ? null : statusNoteSchema.parse(JSON.parse(row.note));
  }

  async putNote(unit: string, note: StatusNote): Promise<void> {
    const row = { unit, note: JSON.stringify(note) };
    await this.#client.statusNote.upsert({ where: { unit }, create: row, update: row });
  }

  async deleteNote(unit: string): Promise<void> {
    await this.#client.statusNote.deleteMany({ where: { unit } });
  }

  count(): Promise<number> {
    return this.#client.statusNote.count();
  }
}
