// The pages and what is around them.

import { ErrorBoundary, LocationProvider, lazy, Route, Router, useLocation } from "preact-iso";
import { Home } from "./pages/Home";
import { Footer } from "./parts/Footer";
import { Header } from "./parts/Header";
import { Network } from "./parts/Network";
import { usePageStart } from "./parts/usePageStart";
import { say } from "./words/words";

const EventPage = lazy(() => import("./pages/EventPage").then((page) => page.EventPage));
const Checkout = lazy(() => import("./pages/Checkout").then((page) => page.Checkout));
const BookingPage = lazy(() => import("./pages/BookingPage").then((page) => page.BookingPage));
const Bookings = lazy(() => import("./pages/Bookings").then((page) => page.Bookings));
const LogIn = lazy(() => import("./pages/Account").then((page) => page.LogIn));
const SignUp = lazy(() => import("./pages/Account").then((page) => page.SignUp));
const PayReturn = lazy(() => import("./pages/PayReturn").then((page) => page.PayReturn));
const NotFound = lazy(() => import("./pages/NotFound").then((page) => page.NotFound));

/** The pages by the first part of their path. */
const PAGES = {
  event: EventPage,
  checkout: Checkout,
  pay: PayReturn,
  booking: BookingPage,
  bookings: Bookings,
  login: LogIn,
  signup: SignUp,
};

/** Fetches what draws `path`, where that comes apart. */
export async function preload(path: string): Promise<void> {
  const first = path.split("/")[1] ?? "";
  if (first in PAGES) await PAGES[first as keyof typeof PAGES].preload();
}

export function App() {
  return (
    <LocationProvider>
      <a class="skip" href="#content">
        {say("skip")}
      </a>
      <Header />
      <Network />
      <Content />
      <Footer />
    </LocationProvider>
  );
}

function Content() {
  const { path } = useLocation();
  const main = usePageStart(path);
  return (
    <main id="content" tabIndex={-1} ref={main}>
      <ErrorBoundary>
        <Router>
          <Route path="/" component={Home} />
          <Route path="/event/:id" component={EventPage} />
          <Route path="/checkout/:id" component={Checkout} />
          <Route path="/pay/return" component={PayReturn} />
          <Route path="/booking/:id" component={BookingPage} />
          <Route path="/bookings" component={Bookings} />
          <Route path="/login" component={LogIn} />
          <Route path="/signup" component={SignUp} />
          <Route default component={NotFound} />
        </Router>
      </ErrorBoundary>
    </main>
  );
}
