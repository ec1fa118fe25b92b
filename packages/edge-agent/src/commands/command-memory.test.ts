import { describe, expect, it } from 'vitest';
import { CommandMemory } from './command-memory.ts';

describe('the command memory', () => {
  it('knows an id for ten minutes', () => {
    const memory = new CommandMemory();
    expect(memory.note('a', 0)).toBe('new');
    expect(memory.note('a', 599_999)).toBe('repeated');
    expect(memory.note('a', 600_000)).toBe('new');
  });

  it('does not forget an id early to make room; it takes no more instead', () => {
    const memory = new CommandMemory();
    for (let number = 0; number < 4096; number += 1) expect(memory.note(`id-${number}`, number)).toBe('new');
    expect(memory.note('one-more', 5000)).toBe('full');
    expect(memory.note('id-0', 5000)).toBe('repeated');
    expect(memory.note('one-more', 600_000)).toBe('new');
  });
});
