import type { AnnotationStore, CalibrationCheck, Mask } from '../../history/annotations.ts';
import type { ConfigClient } from './config-database.ts';

/** Masks, calibration checks and added schemes in the configuration database. */
export class PrismaAnnotationStore implements AnnotationStore {
  readonly #client: ConfigClient;

  constructor(client: ConfigClient) {
    this.#client = client;
  }

  async masks(unit: string, fromMs: number, toMs: number): Promise<readonly Mask[]> {
    const rows = await this.#client.mask.findMany({
      where: { unit, from: { lt: BigInt(toMs) }, to: { gt: BigInt(fromMs) } },
      orderBy: [{ from: 'asc' }, { id: 'asc' }],
    });
    return rows.map((row) => ({
      id: row.id,
      unit: row.unit,
      startMs: Number(row.from),
      endMs: Number(row.to),
      reason: row.reason,
      author: row.author,
      createdMs: Number(row.created),
      withdrawnMs: row.withdrawn === null ? null : Number(row.withdrawn),
      withdrawnBy: row.withdrawnBy,
    }));
  }

  async putMask(mask: Mask): Promise<void> {
    await this.#client.mask.create({
      data: {
        id: mask.id,
        unit: mask.unit,
        from: BigInt(mask.startMs),
        to: BigInt(mask.endMs),
        reason: mask.reason,
        author: mask.author,
        created: BigInt(mask.createdMs),
        withdrawn: mask.withdrawnMs === null ? null : BigInt(mask.withdrawnMs),
        withdrawnBy: mask.withdrawnBy,
      },
    });
  }

  async withdrawMask(unit: string, id: string, by: string, atMs: number): Promise<boolean> {
    const { count } = await this.#client.mask.updateMany({
      where: { unit, id, withdrawn: null },
      data: { withdrawn: BigInt(atMs), withdrawnBy: by },
    });
    return count > 0;
  }

  async checks(unit: string): Promise<readonly CalibrationCheck[]> {
    const rows = await this.#client.calibrationCheck.findMany({ where: { unit }, orderBy: [{ at: 'asc' }, { id: 'asc' }] });
    return rows.map((row) => ({
      id: row.id,
      unit: row.unit,
      atMs: Number(row.at),
      kind: row.kind === 'after' ? 'after' : 'before',
      referenceDb: row.reference,
      measuredDb: row.measured,
      author: row.author,
      note: row.note,
    }));
  }

  async putCheck(check: CalibrationCheck): Promise<void> {
    await this.#client.calibrationCheck.create({
      data: {
        id: check.id,
        unit: check.unit,
        at: BigInt(check.atMs),
        kind: check.kind,
        reference: check.referenceDb,
        measured: check.measuredDb,
        author: check.author,
        note: check.note,
      },
    });
  }

  async schemes(): Promise<readonly unknown[]> {
    const rows = await this.#client.ratingScheme.findMany({ orderBy: { id: 'asc' } });
    return rows.map((row) => JSON.parse(row.document) as unknown);
  }

  async putScheme(id: string, scheme: unknown): Promise<void> {
    const document = JSON.stringify(scheme);
    await this.#client.ratingScheme.upsert({ where: { id }, create: { id, document }, update: { document } });
  }

  async deleteScheme(id: string): Promise<boolean> {
    return (await this.#client.ratingScheme.deleteMany({ where: { id } })).count > 0;
  }
}
