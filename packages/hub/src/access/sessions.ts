import type { Clock } from '@slmm/shared';
import type { AccessStore, SessionRecord } from './access-store.ts';
import { AnswerCache } from './answer-cache.ts';
import { hashSecret, newSecret } from './secret.ts';

/** Name of the cookie that carries a session id. HttpOnly, SameSite=Lax, Path=/, and Secure where the page came by HTTPS. */
export const SESSION_COOKIE = 'slmm_session';

/** How long a browser stays signed in, seconds: a week. */
export const SESSION_SECONDS = 7 * 24 * 3600;

/** Most browsers signed in at once; when one more comes, the session that was opened first ends. */
const MAX_SESSIONS = 1_000;

type SessionStore = Pick<AccessStore, 'putSession' | 'session' | 'deleteSession' | 'forgetSessions'>;

/**
 * Browsers that are signed in, also over a restart of the hub: whoever is woken by it must not look for a token first. A session stands for the token it was
 * opened with (by hash), so revoking the token ends it. Ids are kept hashed, so that a copy of the database signs nobody in.
 */
export class Sessions {
  readonly #store: SessionStore;
  readonly #clock: Clock;
  readonly #answers: AnswerCache<SessionRecord>;

  constructor(store: SessionStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#answers = new AnswerCache(clock);
  }

  /** Opens a session for the token with this hash and returns its id, for the cookie. */
  async open(tokenHash: string): Promise<string> {
    const id = newSecret('session');
    const nowMs = this.#clock.nowMs();
    await this.#store.putSession({ idHash: hashSecret(id), tokenHash, endsMs: nowMs + SESSION_SECONDS * 1000 });
    await this.#store.forgetSessions({ endedBeforeMs: nowMs, keep: MAX_SESSIONS });
    this.#answers.forget(() => true);
    return id;
  }

  /** Hash of the token behind a session, or `null` when the session is unknown or over. */
  async tokenHash(id: string): Promise<string | null> {
    const idHash = hashSecret(id);
    const session = await this.#answers.answer(idHash, () => this.#store.session(idHash));
    return session !== null && session.endsMs > this.#clock.nowMs() ? session.tokenHash : null;
  }

  async close(id: string): Promise<void> {
    const idHash = hashSecret(id);
    await this.#store.deleteSession(idHash);
    this.#answers.forget((session) => session.idHash === idHash);
  }
}
