/**
 * A client's socket with the frame guard in front of the broker's parser and a bound on what waits behind it.
 * Towards the client it never makes the broker wait: aedes holds back everybody's messages while one socket is full, so a client
 * that does not read is disconnected instead. Neighbours: frame-inspector.ts decides, aedes-broker.ts reads and writes.
 */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { FrameInspector } from './frame-inspector.ts';

/** Most bytes that may wait for a client: hundreds of units' retained messages at once. */
const MAX_BACKLOG_BYTES = 4 * 1_048_576;
/** A client that takes nothing for this long, with something waiting for it, is frozen. */
const STALL_MS = 10_000;
/** Bytes handed to the socket at a time, so that progress can be seen. */
const WRITE_GROUP_BYTES = 65_536;
/** How long a refused client gets to read why. */
const FAREWELL_MS = 1_000;

type Written = (error: Error | null | undefined) => void;

export class GuardedConnection extends Duplex {
  /** Address of the client, for logs and limits. */
  readonly remoteAddress: string;
  readonly #socket: Socket;
  readonly #inspector = new FrameInspector();
  readonly #onRefused: (reason: string) => void;
  #admitted = false;
  #rest: Buffer | null = null;
  #farewell = false;

  /** `onRefused` is told once, when the stream is not MQTT as we take it or the client does not read. */
  constructor(socket: Socket, onRefused: (reason: string) => void) {
    super({ allowHalfOpen: false, writableHighWaterMark: MAX_BACKLOG_BYTES, decodeStrings: true });
    this.#socket = socket;
    this.#onRefused = onRefused;
    this.remoteAddress = socket.remoteAddress ?? 'unknown';
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  /** The client signed in: what it sent behind its CONNECT goes on. Until then it stays in the system's own, bounded buffers. */
  admit(): void {
    if (this.#admitted) return;
    this.#admitted = true;
    const rest = this.#rest;
    this.#rest = null;
    if (rest !== null && rest.length > 0) this.#take(rest);
    this.#socket.resume();
  }

  override _read(): void {
    if (this.#admitted || !this.#inspector.isConnected) this.#socket.resume();
  }

  override write(chunk: unknown, done?: Written): boolean;
  override write(chunk: unknown, encoding?: BufferEncoding, done?: Written): boolean;
  override write(chunk: unknown, encoding?: BufferEncoding | Written, done?: Written): boolean {
    const hasRoom = typeof encoding === 'function' ? super.write(chunk, encoding) : super.write(chunk, encoding ?? 'utf8', done);
    if (!hasRoom && this.writableLength > MAX_BACKLOG_BYTES) this.#refuse('the client reads too slowly', null);
    return hasRoom;
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#send([chunk], done);
  }

  override _writev(chunks: { readonly chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#send(
      chunks.map((one) => one.chunk),
      done,
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#rest = null;
    if (this.#farewell) setTimeout(() => this.#socket.destroy(), FAREWELL_MS).unref();
    else this.#socket.destroy();
    done(error);
  }

  #take(chunk: Buffer): void {
    if (this.destroyed) return;
    if (this.#inspector.isConnected && !this.#admitted) {
      this.#rest = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
      this.#socket.pause();
      return;
    }
    const seen = this.#inspector.inspect(chunk);
    if (seen.kind === 'refuse') {
      this.#refuse(seen.reason, seen.answer);
      return;
    }
    let hasRoom = true;
    for (const bytes of seen.bytes) hasRoom = this.push(bytes);
    if (seen.rest !== undefined) this.#rest = seen.rest;
    if (!hasRoom || (this.#inspector.isConnected && !this.#admitted)) this.#socket.pause();
  }

  #refuse(reason: string, answer: Buffer | null): void {
    if (this.destroyed) return;
    this.#onRefused(reason);
    if (answer !== null) {
      this.#farewell = true;
      this.#socket.end(answer);
    }
    this.destroy();
  }

  /** In groups, so that progress can be seen. A parser behind us writes a packet in pieces of a few bytes: a copy costs less than a system call with hundreds of them. */
  #send(chunks: readonly Buffer[], done: (error?: Error | null) => void): void {
    let index = 0;
    const next = (error?: Error | null): void => {
      if (error || index >= chunks.length) {
        done(error ?? null);
        return;
      }
      const start = index;
      let bytes = 0;
      for (
        let chunk = chunks[index];
        chunk !== undefined && (bytes === 0 || bytes + chunk.length <= WRITE_GROUP_BYTES);
        chunk = chunks[index]
      ) {
        bytes += chunk.length;
        index += 1;
      }
      const group = Buffer.concat(chunks.slice(start, index), bytes);
      const stall = setTimeout(() => this.#refuse(`the client took nothing for ${STALL_MS} ms`, null), STALL_MS);
      this.#socket.write(group, (failure) => {
        clearTimeout(stall);
        next(failure);
      });
    };
    next();
  }
}
