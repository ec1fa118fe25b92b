import type { Clock } from '@slmm/shared';
import { hashSecret, newSecret } from './secret.ts';

/** Name of the cookie that carries a session id. HttpOnly, SameSite=Lax, Path=/, and Secure where the page came by HTTPS. */
export const SESSION_COOKIE = 'slmm_session';

/** How long a browser stays signed in, seconds: a week. */
export const SESSION_SECONDS = 7 * 24 * 3600;

/** Most browsers signed in at once; when one more comes, the session that was opened first ends. */
const MAX_SESSIONS = 1_000;

/**
 * Browsers that are signed in. A session stands for the token it was opened with (by hash), so revoking the token ends it.
 * Kept in memory: after a restart of the hub people sign in again. Ids are kept hashed, so that a memory dump signs nobody in.
 */
export class Sessions {
  readonly #clock: Clock;
  readonly #byId = new Map<string, { readonly tokenHash: string; readonly endsMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Opens a session for the token with this hash and returns its id, for the cookie. */
  open(tokenHash: string): string {
    const oldest = this.#byId.keys().next();
    if (this.#byId.size >= MAX_SESSIONS && oldest.done !== true) this.#byId.delete(oldest.value);
    const id = newSecret('session');
    this.#byId.set(hashSecret(id), { tokenHash, endsMs: this.#clock.nowMs() + SESSION_SECONDS * 1000 });
    return id;
  }

  /** Hash of the token behind a session, or `null` when the session is unknown or over. */
  tokenHash(id: string): string | null {
    const key = hashSecret(id);
    const session = this.#byId.get(key);
    if (session === undefined) return null;
    if (session.endsMs > this.#clock.nowMs()) return session.tokenHash;
    this.#byId.delete(key);
    return null;
  }

  close(id: string): void {
    this.#byId.delete(hashSecret(id));
  }
}
