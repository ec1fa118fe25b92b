import { describe, expect, it } from 'vitest';
import { TopicFilter } from './topic-filter.ts';

describe('TopicFilter', () => {
  it.each([
    ['a/b', 'a/b', true],
    ['a/b', 'a/b/c', false],
    ['a/b/c', 'a/b', false],
    ['a/+', 'a/b', true],
    ['a/+', 'a', false],
    ['a/+', 'a/', true],
    ['a/#', 'a', true],
    ['a/#', 'a/b/c', true],
    ['#', 'a/b', true],
    ['#', '$SYS/x', false],
    ['+/x', '$SYS/x', false],
    ['$SYS/#', '$SYS/x', true],
    ['+/+', '/a', true],
  ])('%s and %s: %s', (filter, topic, expected) => {
    expect(new TopicFilter(filter).matches(topic)).toBe(expected);
  });
});
