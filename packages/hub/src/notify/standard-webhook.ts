/** Signing after the Standard Webhooks specification 1.0. Pure. Neighbour: adapters/webhook sends what this signs. */
import { createHmac } from 'node:crypto';

export interface SignedHeaders {
  readonly 'webhook-id': string;
  /** Seconds since 1970 of this attempt. */
  readonly 'webhook-timestamp': string;
  /** One `v1,<base64>` per secret, separated by a space: receivers accept any of them, so a secret can be replaced without a gap. */
  readonly 'webhook-signature': string;
}

/** Headers for one attempt. `id` stays the same over all attempts; `secrets` are `whsec_` and base64. */
export function signWebhook(id: string, atMs: number, body: string, secrets: readonly string[]): SignedHeaders {
  const timestamp = Math.floor(atMs / 1000).toString();
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}

/** Waits between attempts as the specification proposes: at once, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h; then give up. */
const ATTEMPT_DELAYS_S = [0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400] as const;

/** When to try again after `attempts` failed ones, spread by a tenth; `null`: give up. A `Retry-After` of the receiver is honoured up to a day. */
export function nextAttemptMs(attempts: number, nowMs: number, random: number, retryAfterS: number | null): number | null {
  const delayS = ATTEMPT_DELAYS_S[attempts];
  if (delayS === undefined) return null;
  const wantedS = Math.max(delayS, Math.min(retryAfterS ?? 0, 86_400));
  return nowMs + Math.round(wantedS * 1000 * (1 + 0.1 * random));
}
