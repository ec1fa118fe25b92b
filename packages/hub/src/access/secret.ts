import { createHash, randomBytes } from 'node:crypto';

/** A new secret for a person, a program or an edge: 256 random bits, with a prefix by which scanners and people know what they found. */
export function newSecret(kind: 'token' | 'edge' | 'session'): string {
  return `slmm_${kind}_${randomBytes(32).toString('base64url')}`;
}

/**
 * What is kept of a secret: SHA-256 in hexadecimal.
 * A slow hash (scrypt, argon2) protects secrets that people choose; 256 random bits cannot be guessed however fast the hash is,
 * and a fast one lets every request and every MQTT login be checked. It needs no salt, because no two secrets are alike.
 */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
