// Where a page begins, for whoever listens or walks by keys.
import { useLayoutEffect, useRef } from "preact/hooks";

/** A ref for what holds the pages: when `path` changes, the window is at its top and the keys are there. */
export function usePageStart(path: string) {
  const main = useRef<HTMLElement>(null);
  const shown = useRef(path);
  // Before anybody can reach for a field of the new page: it would be left in the middle of a word.
  useLayoutEffect(() => {
    if (shown.current === path) return;
    shown.current = path;
    scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [path]);
  return main;
}
