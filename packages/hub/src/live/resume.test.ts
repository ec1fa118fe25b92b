import { describe, expect, it } from 'vitest';
import { after, parseSeen } from './resume.ts';

const frames = (text: string) => text.split(' ').map((one) => ({ epoch: one.slice(0, 1), seq: Number(one.slice(1)) }));

describe('parseSeen', () => {
  it.each([
    ['01JD3ABCDEFGHJKM:12', { epoch: '01JD3ABCDEFGHJKM', seq: 12 }],
    ['01JD3ABCDEFGHJKM:0', null],
    ['01JD3ABCDEFGHJKM', null],
    ['01JD3ABCDEFGHJKM:99999999999999999999', null],
    ['../../etc:1', null],
    ['', null],
  ])('reads %s', (text, expected) => expect(parseSeen(text)).toEqual(expected));
});

describe('after', () => {
  it.each([
    ['frames of the same epoch by number', 'A1 A2 A3 A4', { epoch: 'A', seq: 2 }, 'A3 A4'],
    ['nothing when all was seen', 'A1 A2', { epoch: 'A', seq: 2 }, ''],
    ['everything when the seen frame is out of reach', 'A7 A8', { epoch: 'A', seq: 2 }, 'A7 A8'],
    ['a new epoch after the seen one', 'A1 A2 B1 B2', { epoch: 'A', seq: 2 }, 'B1 B2'],
    ['no epoch from before the seen one', 'A1 A2 B1 B2', { epoch: 'B', seq: 1 }, 'B2'],
  ])('gives %s', (_name, all, seen, expected) => {
    expect(after(frames(all), seen)).toEqual(expected === '' ? [] : frames(expected));
  });
});
