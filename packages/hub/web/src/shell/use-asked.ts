import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Answer } from '../api/hub-api.ts';

export interface Asked<T> {
  readonly value: T | null;
  /** Why the last question failed; the value is then the last one that came. */
  readonly fault: string | null;
  readonly again: () => void;
}

/** Asks again and again while the page can be seen. `everyMs` 0: once. An answer that comes after that to a later question is dropped. */
export function useAsked<T>(ask: () => Promise<Answer<T>>, everyMs: number, key = ''): Asked<T> {
  const [value, setValue] = useState<T | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const turns = useRef({ asked: 0, answered: 0 });
  const again = useCallback(() => {
    const turn = ++turns.current.asked;
    void ask().then((answer) => {
      if (turn < turns.current.answered) return;
      turns.current.answered = turn;
      if (answer.kind === 'ok') setValue(answer.value);
      setFault(answer.kind === 'failed' ? answer.reason : answer.kind === 'signed-out' ? 'you are signed out' : null);
    });
    // The question is told apart by its key: the function is a new one at every drawing.
  }, [key]);
  useEffect(() => {
    again();
    if (everyMs === 0) return undefined;
    const timer = setInterval(() => document.visibilityState === 'visible' && again(), everyMs);
    return () => clearInterval(timer);
  }, [again, everyMs]);
  return { value, fault, again };
}
