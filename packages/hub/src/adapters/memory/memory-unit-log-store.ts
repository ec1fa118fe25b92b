import {
  type LogLine,
  type LogQuery,
  type LogStats,
  MAX_UNIT_LOG_LINES,
  type StoredLogLine,
  type UnitLogStore,
} from '../../fleet/unit-log.ts';
import type { StatusNote, StatusNoteStore } from '../../fleet/status-note.ts';

/** The unit log in memory, for tests. */
export class MemoryUnitLogStore implements UnitLogStore {
  #lines: StoredLogLine[] = [];
  #nextId = 1;

  append(lines: readonly LogLine[]): Promise<void> {
    for (const line of lines) this.#lines.push({ ...line, id: this.#nextId++ });
    for (const unit of new Set(lines.map((line) => line.unit))) {
      const kept = new Set(this.#lines.filter((line) => line.unit === unit).slice(-MAX_UNIT_LOG_LINES));
      this.#lines = this.#lines.filter((line) => line.unit !== unit || kept.has(line));
    }
    return Promise.resolve();
  }

  lines(unit: string, { limit, offset, level, category }: LogQuery): Promise<readonly StoredLogLine[]> {
    const found = this.#lines
      .filter(
        (line) =>
          line.unit === unit && (level === null || line.level === level) && (category === null || line.category === category),
      )
      .sort((a, b) => b.atMs - a.atMs || b.id - a.id);
    return Promise.resolve(found.slice(offset, offset + limit));
  }

  stats(unit: string): Promise<LogStats> {
    const own = this.#lines.filter((line) => line.unit === unit);
    const count = (key: 'level' | 'category') => {
      const counts: Record<string, number> = {};
      for (const line of own) counts[line[key]] = (counts[line[key]] ?? 0) + 1;
      return counts;
    };
    const times = own.map((line) => line.atMs).sort((a, b) => a - b);
    return Promise.resolve({
      total: own.length,
      byLevel: count('level'),
      byCategory: count('category'),
      oldestMs: times[0] ?? null,
      newestMs: times.at(-1) ?? null,
    });
  }

  clear(unit: string): Promise<number> {
    const before = this.#lines.length;
    this.#lines = this.#lines.filter((line) => line.unit !== unit);
    return Promise.resolve(before - this.#lines.length);
  }
}

/** Status notes in memory, for tests. */
export class MemoryStatusNoteStore implements StatusNoteStore {
  readonly #notes = new Map<string, StatusNote>();

  note(unit: string): Promise<StatusNote | null> {
    return Promise.resolve(this.#notes.get(unit) ?? null);
  }

  putNote(unit: string, note: StatusNote): Promise<void> {
    this.#notes.set(unit, note);
    return Promise.resolve();
  }

  deleteNote(unit: string): Promise<void> {
    this.#notes.delete(unit);
    return Promise.resolve();
  }

  count(): Promise<number> {
    return Promise.resolve(this.#notes.size);
  }
}
