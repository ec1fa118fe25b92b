import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIPv6 } from 'node:net';
import type { Clock, Logger } from '@slmm/shared';
import type { Access } from '../../access/access.ts';
import type { Identity } from '../../access/identity.ts';
import { hashSecret } from '../../access/secret.ts';
import { SESSION_COOKIE } from '../../access/sessions.ts';
import type { Person } from '../../api/route.ts';
import { isLoopback } from '../../settings.ts';
import { FailedSignIns } from './failed-sign-ins.ts';
import { isLocalHost, originOf } from './same-origin.ts';

/** What a caller showed. A browser adds `session` by itself, and `open` asks for nothing, so these two need to come from a page of ours. */
export type Credential =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'session'; readonly session: string }
  | { readonly kind: 'open' }
  /** The address alone, on SLMM's surface. */
  | { readonly kind: 'trusted'; readonly address: string };

/** Who calls. `nobody` with a `reason` a person can act on; `waitSeconds` over 0: too many failures from this address. */
export type Caller =
  | { readonly kind: 'person'; readonly person: Person; readonly credential: Credential }
  | { readonly kind: 'nobody'; readonly reason: string; readonly waitSeconds: number };

/** What is looked at. `urlToken`: the `?token=` of a WebSocket. */
export interface Shown {
  readonly headers: IncomingHttpHeaders;
  readonly address: string;
  readonly urlToken?: string | null;
  /** The request is for SLMM's surface, where trusted addresses need no token. */
  readonly isSlmm?: boolean;
}

const ASK_FOR_TOKEN = "Not authenticated: send a token as 'Authorization: Bearer …', or sign in";
/** Tokens that were good lately pass although their address has to wait: one bad client behind a router must not shut out the others. */
const MAX_KNOWN_TOKENS = 1_000;

/** Turns headers into callers. The tokens themselves are access's business. */
export class Authentication {
  readonly #access: Access;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #isLoopback: boolean;
  readonly #trusted: BlockList;
  readonly #failures = new FailedSignIns();
  readonly #known = new Set<string>();

  /** `host` is the address that the server is bound to. */
  constructor(parts: {
    readonly access: Access;
    readonly clock: Clock;
    readonly log: Logger;
    readonly host: string;
    readonly trustedAddresses?: readonly string[];
  }) {
    this.#access = parts.access;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#isLoopback = isLoopback(parts.host);
    this.#trusted = addressList(parts.trustedAddresses ?? []);
  }

  async callerOf(shown: Shown): Promise<Caller> {
    const { headers } = shown;
    if (this.#access.mode === 'none') return this.#openCaller(headers);
    const bearer = headers.authorization === undefined ? null : bearerOf(headers.authorization);
    if (headers.authorization !== undefined && bearer === null)
      return nobody("The Authorization header must be 'Bearer' and a token");
    const token = bearer ?? shown.urlToken ?? null;
    if (token !== null) return this.#holderOf(token, shown.address);
    const session = sessionOf(headers);
    if (session === null) return shown.isSlmm === true ? this.#trustedCaller(shown) : nobody(ASK_FOR_TOKEN);
    const identity = await this.#access.identityOfSession(session);
    return identity?.kind === 'person'
      ? { kind: 'person', person: identity, credential: { kind: 'session', session } }
      : nobody('The session is over: sign in again');
  }

  /** Whether what was good once is good still; `null` when not. For connections that live long. */
  async recheck(credential: Credential): Promise<Identity | null> {
    if (credential.kind === 'session') return this.#access.identityOfSession(credential.session);
    if (credential.kind === 'trusted') return trustedPerson(credential.address);
    return this.#access.identityOfToken(credential.kind === 'token' ? credential.token : '');
  }

  /** Whether a request that changes something, or opens a socket, may act with this credential, given where it came from. */
  isOwnPage(credential: Credential, headers: IncomingHttpHeaders): boolean {
    if (credential.kind === 'token') return true;
    const origin = originOf(headers);
    if (credential.kind === 'trusted') return isFromTrusted(headers);
    return credential.kind === 'session' ? origin === 'own' : origin !== 'foreign';
  }

  waitSeconds(address: string): number {
    return this.#failures.waitSeconds(address, this.#clock.monotonicMs());
  }

  /** Notes a failed sign-in. */
  failed(address: string): void {
    if (this.#failures.failed(address, this.#clock.monotonicMs())) {
      this.#log.warn({ address }, 'too many failed sign-ins from this address; it has to wait a minute');
    }
  }

  async #holderOf(token: string, address: string): Promise<Caller> {
    const hash = hashSecret(token);
    const waitSeconds = this.#known.has(hash) ? 0 : this.waitSeconds(address);
    if (waitSeconds > 0) return nobody(ASK_FOR_TOKEN, waitSeconds);
    const identity = await this.#access.identityOfToken(token);
    if (identity?.kind === 'person') {
      this.#remember(hash);
      return { kind: 'person', person: identity, credential: { kind: 'token', token } };
    }
    this.#known.delete(hash);
    this.failed(address);
    return nobody('This token is unknown or revoked');
  }

  /** The connection's own address counts; what a header says of addresses (X-Forwarded-For) is anybody's word. */
  #trustedCaller({ headers, address }: Shown): Caller {
    const plain = plainAddress(address);
    if (!this.#trusted.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4')) return nobody(ASK_FOR_TOKEN);
    if (!isFromTrusted(headers)) return nobody('A page of another site may not use the trust in this address');
    return { kind: 'person', person: trustedPerson(plain), credential: { kind: 'trusted', address: plain } };
  }

  async #openCaller(headers: IncomingHttpHeaders): Promise<Caller> {
    if (this.#isLoopback && !isLocalHost(headers.host)) {
      return nobody('Without authentication the hub is only reached as localhost or by its address');
    }
    const identity = await this.#access.identityOfToken('');
    return identity?.kind === 'person'
      ? { kind: 'person', person: identity, credential: { kind: 'open' } }
      : nobody(ASK_FOR_TOKEN);
  }

  #remember(hash: string): void {
    this.#known.delete(hash);
    const oldest = this.#known.keys().next();
    if (this.#known.size >= MAX_KNOWN_TOKENS && oldest.done !== true) this.#known.delete(oldest.value);
    this.#known.add(hash);
  }
}

/** An IPv4 address may come as IPv6. */
const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');

const trustedPerson = (address: string): Person => ({
  kind: 'person',
  name: `trusted ${address}`,
  role: 'operator',
  units: null,
});

/** A program sends no Origin. A browser at that address is let in by a page of ours only, and only under a name that nobody can bend to this machine. */
function isFromTrusted(headers: IncomingHttpHeaders): boolean {
  const origin = originOf(headers);
  return origin === 'unknown' || (origin === 'own' && isLocalHost(headers.host));
}

/** Entries were checked by the settings: an address, or an address and the length of its prefix. */
function addressList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/', 2);
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}

const nobody = (reason: string, waitSeconds = 0): Caller => ({ kind: 'nobody', reason, waitSeconds });

function bearerOf(header: string): string | null {
  return /^Bearer +([\x21-\x7e]{1,512}) *$/i.exec(header)?.[1] ?? null;
}

/** The session cookie of a request. */
export function sessionOf(headers: IncomingHttpHeaders): string | null {
  for (const part of (headers.cookie ?? '').split(';')) {
    const [name, value] = part.trim().split('=', 2);
    if (name === SESSION_COOKIE && value !== undefined && /^[\w.-]{1,200}$/.test(value)) return value;
  }
  return null;
}
