// What is on: a search that follows as one types, filters, and what it found.

import { useRef } from "preact/hooks";
import { useLocation } from "preact-iso";
import { searches } from "../api/clients";
import { note } from "../api/eventDetails";
import { useLoad } from "../api/useLoad";
import { Explained } from "../parts/Explained";
import { Notice, useTitle } from "../parts/parts";
import { count, say } from "../words/words";
import { Filters } from "./home/Filters";
import { fromAddress, type Query, toAddress, toRequest } from "./home/query";
import { Pages, Results, Skeletons } from "./home/Results";
import { SearchBox } from "./home/SearchBox";

export function Home() {
  const { path, query: now, route } = useLocation();
  // While the next page loads, this one is still here and sees its address.
  const address = useRef(now);
  if (path === "/") address.current = now;
  const query = fromAddress(address.current);
  useTitle(query.text ? `${query.text} – ${say("nav.home")}` : say("nav.home"));
  const { value, failure, isBusy, again } = useLoad(JSON.stringify(query), async (signal) => {
    const answer = await searches.search(toRequest(query, new Date()), { signal });
    answer.events.forEach((event) => {
      // Search results leave the terms out: what is known whole is not forgotten for them.
      if (event.cancelPolicy) note(event);
    });
    return answer;
  });
  const go = (change: Partial<Query>) => route(toAddress({ ...query, page: 1, ...change }), "text" in change);
  const isOpening = toAddress(query) === "/";
  return (
    <>
      <section class={isOpening ? "hero" : "hero small"}>
        <h1>{say("home.title")}</h1>
        <p class="lead">{say("home.lead")}</p>
        <SearchBox text={query.text} onSearch={(text) => go({ text })} />
      </section>
      <section class="on" aria-busy={isBusy}>
        <Filters query={query} facets={value?.facets} onChange={go} />
        <p class="found" role="status">
          {value && !failure && value.retryAfterMs === 0 && count("home.found", Number(value.totalCount))}
        </p>
        {failure && (
          <Explained failure={failure} deed="look">
            <button type="button" class="button quiet" onClick={again}>
              {say("again")}
            </button>
          </Explained>
        )}
        {value && value.retryAfterMs > 0 && (
          <Notice kind="warn">
            {say("home.noSearch")}{" "}
            <button type="button" class="link" onClick={again}>
              {say("again")}
            </button>
          </Notice>
        )}
        {!value && isBusy && <Skeletons />}
        {value && value.events.length > 0 && <Results events={value.events} />}
        {value && value.events.length === 0 && value.retryAfterMs === 0 && (
          <div class="empty">
            <h2>{say("home.nothing")}</h2>
            <p>{say("home.nothingHint")}</p>
            <a class="button quiet" href="/">
              {say("home.all")}
            </a>
          </div>
        )}
        {value && value.totalPages > 1 && <Pages query={query} total={value.totalPages} />}
      </section>
    </>
  );
}
