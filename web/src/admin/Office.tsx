// The pages of the house's client, for whoever may run it.

import { ErrorBoundary, LocationProvider, lazy, Route, Router, useLocation } from "preact-iso";
import { accounts } from "../api/clients";
import { useLoad } from "../api/useLoad";
import { Role } from "../contract/usher/account/v1/account_pb";
import { LogIn } from "../pages/Account";
import { Explained } from "../parts/Explained";
import { LanguageChoice } from "../parts/Header";
import { Network } from "../parts/Network";
import { Waiting } from "../parts/parts";
import { usePageStart } from "../parts/usePageStart";
import { signOut } from "../session/account";
import { session } from "../session/session";
import { say } from "../words/words";
import { EventList } from "./events/EventList";
import { type Key, tell } from "./words/words";

const EventForm = lazy(() => import("./events/EventForm").then((page) => page.EventForm));
const Desk = lazy(() => import("./desk/Desk").then((page) => page.Desk));
const Theaters = lazy(() => import("./layout/Theaters").then((page) => page.Theaters));
const LayoutEditor = lazy(() => import("./layout/LayoutEditor").then((page) => page.LayoutEditor));
const FindBookings = lazy(() => import("./bookings/FindBookings").then((page) => page.FindBookings));
const BookingDesk = lazy(() => import("./bookings/BookingDesk").then((page) => page.BookingDesk));
const Door = lazy(() => import("./door/Door").then((page) => page.Door));

const PAGES: readonly (readonly [string, Key])[] = [
  ["/admin", "nav.events"],
  ["/admin/theaters", "nav.theaters"],
  ["/admin/bookings", "nav.bookings"],
  ["/admin/door", "nav.door"],
];

export function Office() {
  return (
    <LocationProvider>
      <a class="skip" href="#content">
        {say("skip")}
      </a>
      <Rooms />
    </LocationProvider>
  );
}

function Rooms() {
  const user = session.value?.userId;
  const {
    value: me,
    failure,
    again,
  } = useLoad(user ?? "", async (signal) => (user ? accounts.getMe({}, { signal }) : undefined));
  const { path } = useLocation();
  const main = usePageStart(path);
  const role = user ? me?.role : undefined;
  const pages = role === Role.ADMIN ? PAGES : role === Role.SCANNER ? PAGES.slice(3) : [];
  return (
    <>
      <header class="top office">
        <a class="brand" href="/admin">
          Usher
        </a>
        <nav aria-label={say("nav.label")}>
          {pages.map(([to, key]) => (
            <a key={to} href={to} aria-current={path === to ? "page" : undefined}>
              {tell(key)}
            </a>
          ))}
          <a href="/" target="_self">
            {tell("nav.shop")}
          </a>
          {user && (
            <button type="button" class="plain" onClick={() => void signOut()}>
              {say("nav.logout")}
            </button>
          )}
          <LanguageChoice />
        </nav>
      </header>
      <Network />
      <main id="content" tabIndex={-1} ref={main} class="office">
        <ErrorBoundary>
          {!user && <LogIn here />}
          {user && !me && !failure && <Waiting />}
          {user && failure && (
            <Explained failure={failure} deed="look">
              <button type="button" class="button quiet" onClick={again}>
                {say("again")}
              </button>
            </Explained>
          )}
          {role === Role.CUSTOMER && <Forbidden />}
          {role === Role.SCANNER && <Door />}
          {role === Role.ADMIN && <AdminPages />}
        </ErrorBoundary>
      </main>
    </>
  );
}

function AdminPages() {
  return (
    <Router>
      <Route path="/admin" component={EventList} />
      <Route path="/admin/event/new" component={EventForm} />
      <Route path="/admin/event/:id/edit" component={EventForm} />
      <Route path="/admin/event/:id" component={Desk} />
      <Route path="/admin/theaters" component={Theaters} />
      <Route path="/admin/theater/:theater/screen/:screen" component={LayoutEditor} />
      <Route path="/admin/bookings" component={FindBookings} />
      <Route path="/admin/booking/:id" component={BookingDesk} />
      <Route path="/admin/door" component={Door} />
      <Route default component={EventList} />
    </Router>
  );
}

function Forbidden() {
  return (
    <section class="narrow empty">
      <h1>{tell("forbidden")}</h1>
      <p>{tell("forbiddenText")}</p>
      <button type="button" class="button" onClick={() => void signOut()}>
        {say("nav.logout")}
      </button>
    </section>
  );
}
