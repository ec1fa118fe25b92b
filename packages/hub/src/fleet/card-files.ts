/** Files that edges brought from meters' cards in checked chunks (contract section 3, `/hub/file/{transfer}`). Port. */
export interface CardFiles {
  /** The bytes of a finished transfer, which is given away by this; `null` when there is no such transfer, or it was not complete. */
  take(transfer: string): Promise<AsyncIterable<Uint8Array> | null>;
}
