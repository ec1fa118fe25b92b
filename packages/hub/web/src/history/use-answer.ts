import { useCallback, useEffect, useState } from 'preact/hooks';
import type { Answer } from '../api/hub-api.ts';

export interface Answered<T> {
  readonly value: T | null;
  readonly fault: string | null;
  /** The value is of an earlier question; the answer to this one is awaited. */
  readonly isStale: boolean;
  readonly again: () => void;
}

/**
 * The answer to the question of a key. What was answered stays until the next answer comes; an answer that comes after the question has changed is dropped. With `everyMs` it is
 * asked again while the page can be seen. (shell/use-asked.ts asks one and the same question; here the question changes under a person's hands.)
 */
export function useAnswer<T>(key: string, ask: () => Promise<Answer<T>>, everyMs = 0): Answered<T> {
  const [turn, setTurn] = useState(0);
  const [answered, setAnswered] = useState<{ readonly key: string; readonly value: T | null; readonly fault: string | null }>({
    key: '',
    value: null,
    fault: null,
  });
  useEffect(() => {
    let isWanted = true;
    void ask().then((answer) => {
      if (!isWanted) return;
      if (answer.kind === 'ok') setAnswered({ key, value: answer.value, fault: null });
      else
        setAnswered((before) => ({
          key,
          value: before.value,
          fault: answer.kind === 'failed' ? answer.reason : 'you are signed out',
        }));
    });
    return () => {
      isWanted = false;
    };
    // The question is told apart by its key: the function is a new one at every drawing.
  }, [key, turn]);
  const again = useCallback(() => setTurn((count) => count + 1), []);
  useEffect(() => {
    if (everyMs === 0) return undefined;
    const timer = setInterval(() => document.visibilityState === 'visible' && again(), everyMs);
    return () => clearInterval(timer);
  }, [again, everyMs]);
  return { value: answered.value, fault: answered.fault, isStale: answered.key !== key, again };
}
