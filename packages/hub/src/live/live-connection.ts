/** The way to one viewer. Port; the real one is a WebSocket. Nothing here waits and nothing here throws: a broken connection swallows what it is given. */
export interface LiveConnection {
  /** Bytes handed over and not yet taken by the system. */
  readonly bufferedBytes: number;
  send(message: Uint8Array): void;
  /** Asks for a sign of life; the answer is told to the viewer's `answered()`. */
  ping(): void;
  /** Ends politely with a WebSocket close code (RFC 6455 section 7.4). */
  close(code: number, reason: string): void;
  /** Ends at once: the other side does not answer. */
  terminate(): void;
}
