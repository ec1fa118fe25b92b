// Times on SLMM's surface with their zone (SLMM_COMPAT_TIMES=z). Pure.
import type { Dialect } from '../../live/dialect.ts';
import type { StreamWords } from '../../live/stream-feed.ts';
import type { Answer } from '../route.ts';

/** SLMM's names of times. Only values under these are touched, so that a name somebody gave stays as it is. */
const NAMES = [
  'timestamp',
  'last_seen',
  'measurement_start_time',
  'last_poll_attempt',
  'last_success',
  'onset_at',
  'clear_at',
  'acknowledged_at',
  'start_time',
  'old_start_time',
  'modified_timestamp',
  'latest_timestamp',
];
const NAIVE = new RegExp(`"(${NAMES.join('|')})":"(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,6})?)"`, 'g');

/** JSON whose naive times have got a `Z`. A quotation mark inside a text is escaped, so nothing else looks like a name and its time. */
export const zonedJson = (json: string): string => json.replaceAll(NAIVE, '"$1":"$2Z"');

/** The same for an answer. */
export function withZones(answer: Answer): Answer {
  if ('bytes' in answer) return answer;
  if ('text' in answer) return answer.contentType === 'application/json' ? { ...answer, text: zonedJson(answer.text) } : answer;
  const { body, ...rest } = answer;
  return { ...rest, contentType: 'application/json', text: zonedJson(JSON.stringify(body)) };
}

const zoned = (message: object): object => JSON.parse(zonedJson(JSON.stringify(message))) as object;

/** The same for what a monitor says. */
export function zonedDialect(dialect: Dialect): Dialect {
  return {
    frame: (frame, view, missed) => zoned(dialect.frame(frame, view, missed)),
    condition: (condition) => {
      const message = dialect.condition(condition);
      return message === null ? null : zoned(message);
    },
    conditionKey: (condition) => dialect.conditionKey(condition),
    heartbeat: (condition, atMs) => zoned(dialect.heartbeat(condition, atMs)),
  };
}

/** The same for what a stream says. */
export function zonedWords(words: StreamWords): StreamWords {
  return { ...words, tick: (unit, tick, view, atMs) => zoned(words.tick(unit, tick, view, atMs)) };
}
