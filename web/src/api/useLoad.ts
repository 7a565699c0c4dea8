// Something that a page asks for when it opens.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { type Failure, toFailure } from "./failure";

export interface Loaded<T> {
  /** What came last; it stays while something newer is asked for. */
  readonly value: T | undefined;
  readonly failure: Failure | undefined;
  readonly isBusy: boolean;
  readonly again: () => void;
}

/** Asks at once, and anew whenever `key` changes; an answer that was overtaken counts no more. */
export function useLoad<T>(key: string, ask: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ value?: T; failure?: Failure; isBusy: boolean }>({ isBusy: true });
  const [tries, setTries] = useState(0);
  const asked = useRef(ask);
  asked.current = ask;
  useEffect(() => {
    const overtaken = new AbortController();
    setState((was) => ({ ...was, isBusy: true, failure: undefined }));
    asked.current(overtaken.signal).then(
      (value) => !overtaken.signal.aborted && setState({ value, isBusy: false }),
      (error) =>
        !overtaken.signal.aborted &&
        setState((was) => ({ value: was.value, failure: toFailure(error), isBusy: false })),
    );
    return () => overtaken.abort();
  }, [key, tries]);
  const again = useCallback(() => setTries((was) => was + 1), []);
  return { value: state.value, failure: state.failure, isBusy: state.isBusy, again };
}
