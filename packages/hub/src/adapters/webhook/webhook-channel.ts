/** Webhooks after the Standard Webhooks specification, with the guard against reaching into our own network inside the socket's own lookup. */
import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from '../../notify/address-guard.ts';
import type { ChannelSender, Delivery } from '../../notify/channel.ts';
import { signWebhook } from '../../notify/standard-webhook.ts';

/** Time that a receiver has for its answer; the specification says 15 to 30 s. */
const TIMEOUT_MS = 20_000;
/** Of an answer's body nothing is used; so much is read for the log. */
const MAX_ANSWER_BYTES = 1024;

export interface WebhookOptions {
  /** Address ranges inside our own network that the operator allows, and plain http with them; for tests and closed networks. */
  readonly allowPrivate: boolean;
  readonly timeoutMs?: number;
  readonly nowMs: () => number;
  /** Replaces the name server in tests. */
  readonly lookup?: (name: string) => Promise<readonly LookupAddress[]>;
}

/** Only addresses that were judged are connected to: there is no second look-up whose answer could differ. */
function guardedLookup(options: WebhookOptions): LookupFunction {
  const resolve = (name: string): Promise<readonly LookupAddress[]> =>
    options.lookup?.(name) ??
    new Promise((done, fail) =>
      systemLookup(name, { all: true }, (error, addresses) => (error === null ? done(addresses) : fail(error))),
    );
  return (name, lookupOptions, callback) => {
    resolve(name).then(
      (addresses) => {
        const closed = options.allowPrivate ? undefined : addresses.find((one) => !isPublicAddress(one.address));
        const first = addresses[0];
        if (closed !== undefined)
          callback(new Error(`${name} resolves to ${closed.address}, which is not a public address`), '', 0);
        else if (first === undefined) callback(new Error(`${name} has no address`), '', 0);
        else if (lookupOptions.all === true) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), '', 0),
    );
  };
}

/** Why this address may not be called at all; `null` when it may. */
export function webhookUrlProblem(text: string, allowPrivate: boolean): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) return 'this is no address';
  if (url.username !== '' || url.password !== '') return 'an address must not carry a user name or password';
  if (allowPrivate) return url.protocol === 'https:' || url.protocol === 'http:' ? null : 'only http and https can be called';
  if (url.protocol !== 'https:') return 'only https can be called';
  if (url.port !== '' && url.port !== '443') return 'only port 443 can be called';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return isIP(host) !== 0 && !isPublicAddress(host) ? `${host} is not a public address` : null;
}

export function createWebhookChannel(options: WebhookOptions): ChannelSender<'webhook'> {
  const lookup = guardedLookup(options);
  return {
    kind: 'webhook',
    send(message, channel) {
      const problem = webhookUrlProblem(channel.url, options.allowPrivate);
      if (problem !== null) return Promise.resolve({ kind: 'rejected', detail: problem, disable: false });
      const url = new URL(channel.url);
      const body = JSON.stringify(message.data);
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body).toString(),
        'user-agent': 'slmm-hub',
        ...signWebhook(message.id, options.nowMs(), body, channel.secrets),
      };
      return post(
        url,
        { method: 'POST', headers, lookup, agent: false, timeout: options.timeoutMs ?? TIMEOUT_MS },
        body,
        options,
      );
    },
  };
}

function post(url: URL, requestOptions: RequestOptions, body: string, options: WebhookOptions): Promise<Delivery> {
  return new Promise((done) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, requestOptions);
    // `timeout` alone only watches for silence: an answer that drips for ever must end as well.
    const limit = setTimeout(() => request.destroy(new Error('the receiver took too long')), options.timeoutMs ?? TIMEOUT_MS);
    const finish = (delivery: Delivery): void => {
      clearTimeout(limit);
      done(delivery);
    };
    request.on('error', (error) => finish({ kind: 'failed', detail: error.message, retryAfterS: null }));
    request.on('timeout', () => request.destroy(new Error('the receiver did not answer in time')));
    request.on('response', (response) => {
      let read = 0;
      response.on('error', () => undefined);
      response.on('data', (chunk: Buffer) => {
        read += chunk.length;
        if (read > MAX_ANSWER_BYTES) response.destroy();
      });
      response.on('close', () => request.destroy());
      finish(judge(response));
    });
    request.end(body);
  });
}

/** 2xx is success; 410 switches the channel off; redirects are failures, because they could lead anywhere; everything else is tried again. */
function judge(response: IncomingMessage): Delivery {
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return { kind: 'delivered', detail: `HTTP ${status}` };
  if (status === 410) return { kind: 'rejected', detail: 'HTTP 410: the receiver wants no more', disable: true };
  const retryAfter = /^\d{1,6}$/.test(response.headers['retry-after'] ?? '') ? Number(response.headers['retry-after']) : null;
  return { kind: 'failed', detail: `HTTP ${status}`, retryAfterS: retryAfter };
}
