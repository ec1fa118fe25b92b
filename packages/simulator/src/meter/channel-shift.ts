/** Sub channels are the main channel seen through another frequency weighting: every level shifted by the same amount. */
import type { DodChannel, DrdChannel } from '@slmm/protocol';

export function shiftDod(channel: DodChannel, offsetDb: number): DodChannel {
  if (offsetDb === 0) return channel;
  const [ln1, ln2, ln3, ln4, ln5] = channel.ln;
  return {
    lp: shift(channel.lp, offsetDb),
    leq: shift(channel.leq, offsetDb),
    le: shift(channel.le, offsetDb),
    lmax: shift(channel.lmax, offsetDb),
    lmin: shift(channel.lmin, offsetDb),
    ln: [shift(ln1, offsetDb), shift(ln2, offsetDb), shift(ln3, offsetDb), shift(ln4, offsetDb), shift(ln5, offsetDb)],
    lpeak: shift(channel.lpeak, offsetDb),
    lieq: shift(channel.lieq, offsetDb),
    leqMov: shift(channel.leqMov, offsetDb),
    ltm5: shift(channel.ltm5, offsetDb),
    over: channel.over,
    under: channel.under,
  };
}

export function shiftDrd(channel: DrdChannel, offsetDb: number): DrdChannel {
  if (offsetDb === 0) return channel;
  return {
    lp: shift(channel.lp, offsetDb),
    leq: shift(channel.leq, offsetDb),
    lmax: shift(channel.lmax, offsetDb),
    lmin: shift(channel.lmin, offsetDb),
    lpeak: shift(channel.lpeak, offsetDb),
    lieq: shift(channel.lieq, offsetDb),
    over: channel.over,
    under: channel.under,
  };
}

function shift(levelDb: number | null, offsetDb: number): number | null {
  return levelDb === null ? null : levelDb + offsetDb;
}
