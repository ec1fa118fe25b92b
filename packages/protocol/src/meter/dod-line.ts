/**
 * The data line of `DOD?` and `DLC?`: 4 channels (Main, Sub1..3) of 16 fields each.
 * Leq, LE, Lmax, Lmin, LN and Lpeak are cumulative since `Measure,Start`; a DOD line alone does not tell whether the meter measures.
 */
import { type DecodeFailure, FieldReader } from './level-field.ts';

/** One channel of a DOD line; levels in dB, `null` where the meter shows its placeholder. */
export interface DodChannel {
  readonly lp: number | null;
  readonly leq: number | null;
  readonly le: number | null;
  readonly lmax: number | null;
  readonly lmin: number | null;
  /** LN1..LN5; which percentiles they are is a setting of the meter (`Percentile 1?`..`Percentile 5?`). They may lie 0.1 dB outside Lmin..Lmax. */
  readonly ln: readonly [number | null, number | null, number | null, number | null, number | null];
  readonly lpeak: number | null;
  readonly lieq: number | null;
  /** The meter's own moving Leq; a placeholder unless its display is on. */
  readonly leqMov: number | null;
  readonly ltm5: number | null;
  readonly over: boolean;
  readonly under: boolean;
}

export interface DodReading {
  readonly kind: 'dod';
  /** Main, Sub1, Sub2, Sub3. */
  readonly channels: readonly [DodChannel, DodChannel, DodChannel, DodChannel];
  readonly raw: string;
}

const FIELDS = 64;

/**
 * Reads the data line of `DOD?` or `DLC?`. Total: a line of any other shape is a {@link DecodeFailure}.
 * With `octave` the line may be longer (a meter with the octave option appends bands); its first 64 fields are read and the rest stays in `raw`.
 */
export function decodeDod(line: string, options: { readonly octave?: boolean } = {}): DodReading | DecodeFailure {
  const fields = line.split(',');
  if (fields.length !== FIELDS && !(options.octave === true && fields.length > FIELDS)) {
    return { kind: 'failure', reason: 'field-count', detail: `${fields.length} fields instead of ${FIELDS}`, raw: line };
  }
  const reader = new FieldReader(fields);
  const channels = [readChannel(reader), readChannel(reader), readChannel(reader), readChannel(reader)] as const;
  return reader.failure(line) ?? { kind: 'dod', channels, raw: line };
}

function readChannel(reader: FieldReader): DodChannel {
  return {
    lp: reader.level(),
    leq: reader.level(),
    le: reader.level(),
    lmax: reader.level(),
    lmin: reader.level(),
    ln: [reader.level(), reader.level(), reader.level(), reader.level(), reader.level()],
    lpeak: reader.level(),
    lieq: reader.level(),
    leqMov: reader.level(),
    ltm5: reader.level(),
    over: reader.flag(),
    under: reader.flag(),
  };
}
