"""The journey of journey.ts with grpcio: stubs made by grpcio-tools from the contracts, error details by grpcio-status."""

import json
import pathlib
import sys
import tempfile
import time
import unittest
from importlib import import_module, resources

import grpc
from google.protobuf.any_pb2 import Any
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from grpc_tools import protoc

PROTO = pathlib.Path(__file__).resolve().parents[2] / "proto"
WORLD = json.load(sys.stdin)
PATIENCE_S = 20


def stubs():
    """Compiles the contracts into a folder of its own, and makes its modules importable."""
    out = tempfile.TemporaryDirectory(prefix="usher-grpcio-")
    files = [str(file.relative_to(PROTO)) for file in PROTO.glob("usher/**/*.proto")]
    included = [f"-I{PROTO}", f"-I{resources.files('grpc_tools') / '_proto'}"]
    made = [f"--python_out={out.name}", f"--grpc_python_out={out.name}"]
    if protoc.main(["protoc", *included, *made, *files]) != 0:
        sys.exit("the contracts don't compile")
    sys.path.insert(0, out.name)
    return out


KEPT = stubs()
SERVICES = {}
MESSAGES = {}
for service in ("account", "booking", "event", "search"):
    MESSAGES[service] = import_module(f"usher.{service}.v1.{service}_pb2")
    SERVICES[service] = import_module(f"usher.{service}.v1.{service}_pb2_grpc")
event_pb2, search_pb2 = MESSAGES["event"], MESSAGES["search"]


def details(error, kind):
    """The first detail of that kind; None without one."""
    status = rpc_status.from_call(error)
    for detail in status.details if status else ():
        found = kind()
        if isinstance(detail, Any) and detail.Unpack(found):
            return found
    return None


class Journey(unittest.TestCase):
    def setUp(self):
        self.channel = grpc.insecure_channel(WORLD["edge"].removeprefix("http://"))
        self.accounts = SERVICES["account"].AccountServiceStub(self.channel)
        self.bookings = SERVICES["booking"].BookingServiceStub(self.channel)
        self.events = SERVICES["event"].EventServiceStub(self.channel)
        self.searches = SERVICES["search"].SearchServiceStub(self.channel)
        self.addCleanup(self.channel.close)

    def refused(self, call, *arguments, **more):
        with self.assertRaises(grpc.RpcError) as told:
            call(*arguments, **more)
        return told.exception

    def signed_in(self):
        customer = WORLD["customer"]
        answer = self.accounts.LogIn(MESSAGES["account"].LogInRequest(**customer))
        return (("authorization", f"Bearer {answer.auth_token}"),)

    def watch(self, **more):
        return self.events.WatchSeats(event_pb2.WatchSeatsRequest(event_id=int(WORLD["small"]["id"])), **more)

    def test_a_search_finds_the_event(self):
        found = self.searches.Search(search_pb2.SearchRequest(query=WORLD["small"]["name"])).events
        self.assertEqual(str(found[0].event_id), WORLD["small"]["id"])

    def test_a_refusal_tells_its_reason_and_the_fields(self):
        unknown = self.refused(self.events.GetEvent, event_pb2.GetEventRequest(event_id=999999999))
        self.assertEqual(unknown.code(), grpc.StatusCode.NOT_FOUND)
        self.assertEqual(details(unknown, error_details_pb2.ErrorInfo).reason, "UNKNOWN_EVENT")
        wrong = self.refused(self.searches.Search, search_pb2.SearchRequest(query="a", page=-7))
        self.assertEqual(wrong.code(), grpc.StatusCode.INVALID_ARGUMENT)
        fields = [one.field for one in details(wrong, error_details_pb2.BadRequest).field_violations]
        self.assertEqual(fields, ["page"])

    def test_who_comes_too_often_is_told_when_to_come_back(self):
        request = MESSAGES["account"].LogInRequest(email="nobody-grpcio@example.org", password="wrong horse")
        for _ in range(50):
            told = self.refused(self.accounts.LogIn, request)
            if told.code() != grpc.StatusCode.UNAUTHENTICATED:
                break
        self.assertEqual(told.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
        self.assertGreater(details(told, error_details_pb2.RetryInfo).retry_delay.seconds, 0)

    def test_metadata_goes_both_ways(self):
        get_me = MESSAGES["account"].GetMeRequest()
        self.assertEqual(self.refused(self.accounts.GetMe, get_me).code(), grpc.StatusCode.UNAUTHENTICATED)
        me, call = self.accounts.GetMe.with_call(get_me, metadata=self.signed_in())
        self.assertEqual(me.email, WORLD["customer"]["email"])
        self.assertRegex(dict(call.initial_metadata())["ratelimit"], r"r=\d+")

    def test_a_stream_shows_what_happens_meanwhile(self):
        metadata = self.signed_in()
        seats = self.watch(timeout=PATIENCE_S)
        self.assertTrue(next(seats).snapshot)
        wish = MESSAGES["booking"].ReserveBestRequest(event_id=int(WORLD["small"]["id"]), quantity=1)
        held = self.bookings.ReserveBest(wish, metadata=metadata).reservation
        reserved = event_pb2.Ticket.Status.RESERVED
        changes = (ticket for change in seats for ticket in change.tickets)
        self.assertTrue(any(one.ticket_id == held.ticket_ids[0] and one.status == reserved for one in changes))
        seats.cancel()
        with self.assertRaises(grpc.RpcError) as end:
            next(seats)
        self.assertEqual(end.exception.code(), grpc.StatusCode.CANCELLED)
        release = MESSAGES["booking"].ReleaseRequest(reservation_id=held.reservation_id)
        self.bookings.Release(release, metadata=metadata)

    def test_a_deadline_ends_a_stream(self):
        told = self.refused(list, self.watch(timeout=0.7))
        self.assertEqual(told.code(), grpc.StatusCode.DEADLINE_EXCEEDED)

    def test_cancelled_streams_make_room(self):
        for _ in range(WORLD["streams"]):
            until = time.monotonic() + PATIENCE_S
            while True:
                seats = self.watch()
                try:
                    next(seats)
                except grpc.RpcError as error:
                    # What was cancelled this moment may not have ended yet.
                    if error.code() == grpc.StatusCode.UNAVAILABLE and time.monotonic() < until:
                        continue
                    raise
                seats.cancel()
                break

    def test_an_answer_of_thousands_of_seats_comes_whole(self):
        answer = self.events.GetEvent(event_pb2.GetEventRequest(event_id=int(WORLD["large"]["id"])))
        ids = {ticket.ticket_id for ticket in answer.tickets}
        self.assertEqual((len(answer.tickets), len(ids)), (WORLD["large"]["seats"],) * 2)

    def test_what_the_contract_does_not_have_is_unimplemented(self):
        for path in ("/usher.event.v1.EventService/SellTheHouse", "/usher.house.v1.HouseService/Sell"):
            call = self.channel.unary_unary(path, request_serializer=bytes, response_deserializer=bytes)
            told = self.refused(call, b"")
            self.assertEqual(told.code(), grpc.StatusCode.UNIMPLEMENTED)
            self.assertIn(path, told.details())

    def test_what_is_sent_compressed_is_understood(self):
        # Long enough that each library thinks it worth it.
        request = search_pb2.SearchRequest(query=WORLD["small"]["name"] + " " * 150)
        for how in (grpc.Compression.Gzip, grpc.Compression.NoCompression):
            found = self.searches.Search(request, compression=how).events
            self.assertEqual(str(found[0].event_id), WORLD["small"]["id"])


if __name__ == "__main__":
    unittest.main()
