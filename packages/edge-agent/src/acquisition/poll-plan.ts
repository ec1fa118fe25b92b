/**
 * What a meter is asked next when nobody else wants it. Pure. DOD goes at its own pace; everything else is rare and never twice in a row,
 * so that one of the others costs at most one missed second. A poll that is late is skipped, never queued.
 * Neighbour: unit-acquisition.ts asks it whenever the meter is free.
 */

/** A question other than DOD. */
export interface RareQuestion {
  /** Name in the meter's command table, asked as `Name?`. */
  readonly command: string;
  readonly everyMs: number;
  /** Asked again on each new connection, before the first frame. */
  readonly first?: true;
  /** Asked again on each new connection, in its turn: always, or when the last answer is no longer fresh. */
  readonly onConnect?: 'always' | 'unless-fresh';
}

interface Due extends RareQuestion {
  readonly dueAtMs: number;
  /** -Infinity while it has never been answered, Infinity when the meter does not know it. */
  readonly answeredAtMs: number;
  /** Something has happened that may have changed the answer. */
  readonly isSoon: boolean;
  /** How often it has been asked since it was answered last. */
  readonly misses: number;
}

export interface PollPlan {
  /** 0: as often as the meter takes it. */
  readonly dodEveryMs: number;
  readonly dodDueAtMs: number;
  readonly dodsSinceRare: number;
  /** Connected and no DOD asked yet. */
  readonly beforeFirstFrame: boolean;
  readonly rare: readonly Due[];
}

export type NextPoll =
  | { readonly kind: 'ask'; readonly command: string; readonly plan: PollPlan }
  /** Nothing is due before then. */
  | { readonly kind: 'wait'; readonly untilMs: number };

export const DOD = 'DOD';

/** While DOD runs at full rate, this many come between two rare questions; and before one that is wanted soon or was never answered. */
const DODS_BETWEEN_RARE = 9;
const DODS_BEFORE_SOON = 1;
/** An answer that is not older than this is still fresh at a new connection, so that a link that breaks often does not cost frames as well. */
const FRESH_MS = 600_000;
/** A rare question needs this much room before the next DOD is due: the meter's second and the answer. */
const ROOM_FOR_RARE_MS = 1300;
/** In a pause of the stream a question that goes first elsewhere lets others go before it for so long. */
const PATIENCE_IN_PAUSE_MS = 60_000;
/** A rare question without an answer is asked again after this. */
const ASK_AGAIN_MS = 15_000;
const MOST_MISSES = 16;
/** A question the meter does not know is asked again after a day, in case another meter stands there. */
const UNKNOWN_AGAIN_MS = 86_400_000;

export function startPlan(questions: readonly RareQuestion[], dodEveryMs: number, nowMs: number): PollPlan {
  return {
    dodEveryMs,
    dodDueAtMs: nowMs,
    dodsSinceRare: 0,
    beforeFirstFrame: true,
    rare: questions.map((question) => ({ ...question, dueAtMs: nowMs, answeredAtMs: -Infinity, isSoon: false, misses: 0 })),
  };
}

/** A new connection: DOD at once, after what has to be known before the first frame. */
export function afterConnect(plan: PollPlan, nowMs: number): PollPlan {
  return {
    ...plan,
    dodDueAtMs: nowMs,
    dodsSinceRare: 0,
    beforeFirstFrame: true,
    rare: plan.rare.map((question) =>
      isWantedAtConnect(question, nowMs) ? { ...question, dueAtMs: Math.min(question.dueAtMs, nowMs) } : question,
    ),
  };
}

/**
 * The next question, and the plan as it is once that has been sent. In a pause of the stream (`inPause`) there is time for one rare question, and a DOD that
 * is due waits for it: its level stands for the whole time since the last tick.
 */
export function nextPoll(plan: PollPlan, nowMs: number, inPause = false): NextPoll {
  const isDodDue = plan.dodDueAtMs <= nowMs;
  const isPausing = inPause && !plan.beforeFirstFrame;
  const rare = mostOverdue(isPausing ? plan.rare.map((question) => patient(question, nowMs)) : plan.rare, nowMs);
  if (rare !== null && (isPausing || mayGo(plan, rare, nowMs))) {
    return {
      kind: 'ask',
      command: rare.command,
      plan: asked({ ...plan, dodsSinceRare: 0 }, rare.command, nowMs),
    };
  }
  if (isDodDue) {
    const dodDueAtMs = nextOnGrid(plan.dodDueAtMs, plan.dodEveryMs, nowMs);
    return {
      kind: 'ask',
      command: DOD,
      plan: { ...plan, dodDueAtMs, dodsSinceRare: plan.dodsSinceRare + 1, beforeFirstFrame: false },
    };
  }
  const rareDueMs = plan.rare.reduce(
    (least, question) => (question.dueAtMs > nowMs ? Math.min(least, question.dueAtMs) : least),
    Infinity,
  );
  return { kind: 'wait', untilMs: Math.min(plan.dodDueAtMs, rareDueMs) };
}

/** Whether something is due that is wanted soon, or that the meter has never been asked. */
export function isBehind({ rare }: PollPlan, nowMs: number): boolean {
  return rare.some((question) => question.dueAtMs <= nowMs && (question.isSoon || isUnasked(question)));
}

/** What DOD would say will do as it was read last: the next one comes a whole pace from now. */
export function afterDod(plan: PollPlan, everyMs: number, nowMs: number): PollPlan {
  return { ...plan, dodDueAtMs: Math.max(plan.dodDueAtMs, nowMs + everyMs) };
}

/** A rare question has been answered; `unknown` when the meter does not know it (R+0001). */
export function afterAnswer(plan: PollPlan, command: string, nowMs: number, unknown = false): PollPlan {
  const answered = (question: Due): Due => ({
    ...question,
    dueAtMs: nowMs + (unknown ? UNKNOWN_AGAIN_MS : question.everyMs),
    answeredAtMs: unknown ? Infinity : nowMs,
    isSoon: false,
    misses: 0,
  });
  return { ...plan, rare: plan.rare.map((question) => (question.command === command ? answered(question) : question)) };
}

/** Brings questions forward: something has happened that may have changed their answers. */
export function askSoon(plan: PollPlan, commands: readonly string[], nowMs: number): PollPlan {
  return {
    ...plan,
    rare: plan.rare.map((question) =>
      commands.includes(question.command) ? { ...question, dueAtMs: Math.min(question.dueAtMs, nowMs), isSoon: true } : question,
    ),
  };
}

/** Changes the pace of DOD from now on; what a stream had put off for longer comes as soon as the pace wants it. */
export function withPace(plan: PollPlan, dodEveryMs: number, nowMs: number): PollPlan {
  const dodDueAtMs = Math.min(plan.dodDueAtMs, nowMs + dodEveryMs);
  return plan.dodEveryMs === dodEveryMs && plan.dodDueAtMs === dodDueAtMs ? plan : { ...plan, dodEveryMs, dodDueAtMs };
}

function isWantedAtConnect({ first, onConnect, answeredAtMs }: Due, nowMs: number): boolean {
  if (first === true || onConnect === 'always') return true;
  return onConnect === 'unless-fresh' && nowMs - answeredAtMs > FRESH_MS;
}

function mayGo(plan: PollPlan, rare: Due, nowMs: number): boolean {
  if (plan.beforeFirstFrame) return rare.first === true;
  if (plan.dodDueAtMs - nowMs >= ROOM_FOR_RARE_MS) return true;
  // A slow pace leaves room enough between its DODs.
  if (plan.dodEveryMs >= 2 * ROOM_FOR_RARE_MS) return false;
  return plan.dodsSinceRare >= (rankOf(rare) > 0 ? DODS_BEFORE_SOON : DODS_BETWEEN_RARE);
}

/** What has to be known before a frame goes first, then what is wanted soon, then what has waited longest. */
function mostOverdue(questions: readonly Due[], nowMs: number): Due | null {
  let chosen: Due | null = null;
  for (const question of questions) {
    if (question.dueAtMs > nowMs) continue;
    if (chosen === null || rankOf(question) > rankOf(chosen)) chosen = question;
    else if (rankOf(question) === rankOf(chosen) && question.dueAtMs < chosen.dueAtMs) chosen = question;
  }
  return chosen;
}

function rankOf(question: Due): 0 | 1 | 2 {
  if (question.first === true) return 2;
  return question.isSoon || question.answeredAtMs === -Infinity ? 1 : 0;
}

/** The question as it stands in a pause: one that goes first elsewhere is last of those that are due, for a while. */
function patient(question: Due, nowMs: number): Due {
  const waitedMs = nowMs - question.dueAtMs;
  if (question.first !== true || question.isSoon || waitedMs < 0 || waitedMs >= PATIENCE_IN_PAUSE_MS) return question;
  const { first: _first, ...other } = question;
  return { ...other, dueAtMs: nowMs };
}

const isUnasked = ({ answeredAtMs, misses }: Due): boolean => answeredAtMs === -Infinity && misses === 0;

/** Until its answer comes; one whose answer cannot be read is asked ever more rarely, so that it does not cost frames for ever. */
function asked(plan: PollPlan, command: string, nowMs: number): PollPlan {
  const again = (question: Due): Due => {
    const waitMs = Math.min(question.everyMs, ASK_AGAIN_MS * 2 ** question.misses);
    return { ...question, dueAtMs: nowMs + waitMs, misses: Math.min(MOST_MISSES, question.misses + 1) };
  };
  return { ...plan, rare: plan.rare.map((question) => (question.command === command ? again(question) : question)) };
}

/** The next multiple of the pace after now; those that were missed are skipped. */
function nextOnGrid(dueAtMs: number, everyMs: number, nowMs: number): number {
  if (everyMs <= 0) return nowMs;
  const missed = Math.floor((nowMs - dueAtMs) / everyMs);
  return dueAtMs + (missed + 1) * everyMs;
}
