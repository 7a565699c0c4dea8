// The search box, with what the query may go on to: a combobox as ARIA describes it.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { searches } from "../../api/clients";
import { type Suggestion, Suggestion_Kind } from "../../contract/usher/search/v1/search_pb";
import { say, sayAny } from "../../words/words";

/** How long a pause in typing is, in milliseconds. */
const PAUSE_MS = 220;
const SUGGESTIONS_MAX = 6;

export function SearchBox({ text, onSearch }: { text: string; onSearch: (text: string) => void }) {
  const [typed, setTyped] = useState(text);
  const [suggestions, setSuggestions] = useState<readonly Suggestion[]>([]);
  const [active, setActive] = useState(-1);
  const [isOpen, setOpen] = useState(false);
  const list = useId();
  const sent = useRef(text);
  useEffect(() => {
    // The address changed by itself: somebody went back.
    if (text !== sent.current) {
      sent.current = text;
      setTyped(text);
    }
  }, [text]);
  useEffect(() => {
    const wanted = typed.trim();
    if (wanted === sent.current.trim()) return;
    const overtaken = new AbortController();
    const timer = setTimeout(() => {
      search(wanted);
      if (wanted.length < 2) return setSuggestions([]);
      searches.suggest({ query: wanted, limit: SUGGESTIONS_MAX }, { signal: overtaken.signal }).then(
        (answer) => setSuggestions(answer.suggestions),
        () => setSuggestions([]),
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      overtaken.abort();
    };
  }, [typed]);

  const search = (wanted: string) => {
    sent.current = wanted;
    onSearch(wanted);
  };
  const take = (wanted: string) => {
    setTyped(wanted);
    setOpen(false);
    setActive(-1);
    search(wanted);
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      setActive((was) =>
        suggestions.length === 0 ? -1 : (was + step + suggestions.length + 1) % (suggestions.length + 1),
      );
    } else if (event.key === "Enter") {
      event.preventDefault();
      take(suggestions[active]?.text ?? typed);
    } else if (event.key === "Escape") {
      setOpen(false);
      setActive(-1);
    }
  };
  const isShown = isOpen && suggestions.length > 0;
  return (
    <search class="search-box">
      <svg viewBox="0 0 20 20" aria-hidden="true">
        <circle cx="9" cy="9" r="5.5" />
        <path d="m13.2 13.2 4 4" />
      </svg>
      <input
        type="text"
        enterkeyhint="search"
        name="q"
        value={typed}
        placeholder={say("search.placeholder")}
        aria-label={say("search.label")}
        role="combobox"
        aria-expanded={isShown}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={isShown && active >= 0 ? `${list}-${active}` : undefined}
        autocomplete="off"
        maxLength={200}
        onInput={({ currentTarget }) => {
          setTyped(currentTarget.value);
          setOpen(true);
          setActive(-1);
        }}
        onKeyDown={press}
        onBlur={() => setOpen(false)}
      />
      <ul id={list} role="listbox" aria-label={say("search.suggestions")} hidden={!isShown}>
        {suggestions.map((suggestion, nth) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the input hears the keys for the list
          <li
            key={`${suggestion.kind} ${suggestion.text}`}
            id={`${list}-${nth}`}
            role="option"
            aria-selected={nth === active}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => take(suggestion.text)}
          >
            <span>{suggestion.text}</span> <small>{sayAny(`kind.${Suggestion_Kind[suggestion.kind]}`)}</small>
          </li>
        ))}
      </ul>
    </search>
  );
}
