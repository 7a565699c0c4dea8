// The services' clients.
import { createClient } from "@connectrpc/connect";
import { AccountService } from "../contract/usher/account/v1/account_pb";
import { BookingService } from "../contract/usher/booking/v1/booking_pb";
import { EventService } from "../contract/usher/event/v1/event_pb";
import { SearchService } from "../contract/usher/search/v1/search_pb";
import { transport } from "./transport";

export const accounts = createClient(AccountService, transport);
export const bookings = createClient(BookingService, transport);
export const events = createClient(EventService, transport);
export const searches = createClient(SearchService, transport);
