/** A ULID (github.com/ulid/spec): 48 bits of time and 80 of randomness in Crockford's base 32. Pure. The time only helps people to read it: uniqueness rests on the randomness. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** `random` has 10 bytes from a good source. */
export function newEpoch(nowMs: number, random: Uint8Array): string {
  let time = '';
  for (let rest = Math.max(0, Math.floor(nowMs)), index = 0; index < 10; index += 1, rest = Math.floor(rest / 32))
    time = (DIGITS[rest % 32] ?? '0') + time;
  let bits = 0n;
  for (const byte of random) bits = bits * 256n + BigInt(byte);
  let tail = '';
  for (let index = 0; index < 16; index += 1, bits /= 32n) tail = (DIGITS[Number(bits % 32n)] ?? '0') + tail;
  return time + tail;
}
