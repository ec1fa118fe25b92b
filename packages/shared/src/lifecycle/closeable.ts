/** Something that holds a resource until it is closed. Closing twice is allowed and waits for the same end. */
export interface Closeable {
  close(): Promise<void>;
}

/** Closes in the reverse order of opening, all of them, and throws the first failure at the end. */
export async function closeAll(opened: readonly Closeable[]): Promise<void> {
  const failures: unknown[] = [];
  for (const one of [...opened].reverse()) {
    try {
      await one.close();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
