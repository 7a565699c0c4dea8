//! What the contract says of each RPC, as far as the mesh must know it. Read once from the descriptors; knows no RPC by name.

use std::{collections::HashMap, sync::LazyLock};

use prost::{
    Message,
    encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field},
};

use crate::{
    contract,
    id::{EventId, TicketId},
};

/// The request's field that makes it safe to repeat.
const REQUEST_ID: &str = "request_id";
/// A request's fields that say which event it is about: an event's number, or those of tickets, which carry it.
const ABOUT: [(&str, Names); 3] =
    [("event_id", Names::Event), ("ticket_id", Names::Ticket), ("ticket_ids", Names::Ticket)];
/// A message's flag and length, before it, on the wire.
const FRAME_HEAD_BYTES: usize = 5;

/// One RPC.
#[derive(Debug)]
pub(crate) struct Rpc {
    /// Whether many messages come back.
    pub(crate) streams: bool,
    /// Whether it may be sent again when nobody knows how it went.
    pub(crate) repeat: Repeat,
    /// The parts of Usher that may call it, beside the edge.
    pub(crate) callers: Vec<String>,
    /// The fields of a write that say which event it is about.
    about: Vec<(u32, Names)>,
}

/// What a field's number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    Event,
    Ticket,
}

/// Whether a call may be sent again when nobody knows how it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It changes nothing: it may even be sent twice at once.
    Read,
    /// To do it twice is to do it once.
    Always,
    /// To do it twice is to do it once, if this field of the request is filled.
    WithRequestId(u32),
    /// Whoever sends it must decide.
    Never,
}

static RPCS: LazyLock<HashMap<String, Rpc>> = LazyLock::new(|| read(contract::DESCRIPTORS));

/// The RPC at that path (`/usher.booking.v1.BookingService/Reserve`).
pub(crate) fn find(path: &str) -> Option<&'static Rpc> {
    RPCS.get(path)
}

impl Rpc {
    /// The event that this request, framed as gRPC sends it, writes about, where it names one.
    pub(crate) fn event(&self, framed: &[u8]) -> Option<EventId> {
        let mut message = plain(framed)?;
        while !message.is_empty() {
            let (tag, wire_type) = decode_key(&mut message).ok()?;
            let Some((_, names)) = self.about.iter().find(|(number, _)| *number == tag) else {
                skip_field(wire_type, tag, &mut message, DecodeContext::default()).ok()?;
                continue;
            };
            if wire_type == WireType::LengthDelimited {
                // A list; its first is as good as any.
                decode_varint(&mut message).ok()?;
            }
            let number = decode_varint(&mut message).ok()?.cast_signed();
            return match names {
                Names::Event => EventId::new(number),
                Names::Ticket => TicketId::new(number).map(TicketId::event),
            };
        }
        None
    }
}

impl Repeat {
    /// Whether this request, framed as gRPC sends it, may be sent again.
    pub(crate) fn allows(self, framed: &[u8]) -> bool {
        match self {
            Self::Read | Self::Always => true,
            Self::WithRequestId(number) => plain(framed).is_some_and(|message| is_filled(message, number)),
            Self::Never => false,
        }
    }
}

/// The message in its frame; a compressed one is not looked into.
fn plain(framed: &[u8]) -> Option<&[u8]> {
    framed.split_at_checked(FRAME_HEAD_BYTES).filter(|(head, _)| head.first() == Some(&0)).map(|(_, message)| message)
}

/// Whether the message has a string or bytes, and not an empty one, at that field.
fn is_filled(mut message: &[u8], number: u32) -> bool {
    while !message.is_empty() {
        let Ok((tag, wire_type)) = decode_key(&mut message) else { return false };
        if tag == number && wire_type == WireType::LengthDelimited {
            return decode_varint(&mut message).is_ok_and(|length| length > 0);
        }
        if skip_field(wire_type, tag, &mut message, DecodeContext::default()).is_err() {
            return false;
        }
    }
    false
}

fn read(descriptors: &[u8]) -> HashMap<String, Rpc> {
    // Compiled in: what can't be read is a defect that reflection tells of at the start.
    let files = Files::decode(descriptors).unwrap_or_default().files;
    let (mut request_ids, mut abouts) = (HashMap::new(), HashMap::new());
    for file in &files {
        for message in &file.messages {
            let name = format!(".{}.{}", file.package, message.name);
            let field = message.fields.iter().find(|field| field.name == REQUEST_ID);
            request_ids.extend(field.map(|field| (name.clone(), field.number)));
            abouts.insert(name, about(message));
        }
    }
    let mut rpcs = HashMap::new();
    for file in files {
        for service in file.services {
            for method in service.methods {
                let path = format!("/{}.{}/{}", file.package, service.name, method.name);
                let options = method.options.unwrap_or_default();
                let repeat = match (options.idempotency_level, request_ids.get(&method.input_type)) {
                    (Some(NO_SIDE_EFFECTS), _) => Repeat::Read,
                    (Some(IDEMPOTENT), None) => Repeat::Always,
                    (Some(IDEMPOTENT), Some(number)) => Repeat::WithRequestId(*number),
                    (Some(_) | None, _) => Repeat::Never,
                };
                let about = abouts.get(&method.input_type).filter(|_| repeat != Repeat::Read).cloned();
                let (streams, about) = (method.server_streaming, about.unwrap_or_default());
                rpcs.insert(path, Rpc { streams, repeat, callers: options.callers, about });
            }
        }
    }
    rpcs
}

fn about(message: &MessageType) -> Vec<(u32, Names)> {
    let named = |field: &Field| ABOUT.iter().find(|(name, _)| *name == field.name).map(|(_, names)| *names);
    message.fields.iter().filter_map(|field| Some((field.number, named(field)?))).collect()
}

/// `google.protobuf.MethodOptions.IdempotencyLevel`.
const NO_SIDE_EFFECTS: i32 = 1;
const IDEMPOTENT: i32 = 2;

// The parts of `google/protobuf/descriptor.proto` that are read here, under its numbers: prost's own types drop options
// that they do not know, and `usher.access.v1.callers` is one.

#[derive(Clone, PartialEq, Message)]
struct Files {
    #[prost(message, repeated, tag = "1")]
    files: Vec<File>,
}

#[derive(Clone, PartialEq, Message)]
struct File {
    #[prost(string, tag = "2")]
    package: String,
    #[prost(message, repeated, tag = "4")]
    messages: Vec<MessageType>,
    #[prost(message, repeated, tag = "6")]
    services: Vec<Service>,
}

#[derive(Clone, PartialEq, Message)]
struct MessageType {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, repeated, tag = "2")]
    fields: Vec<Field>,
}

#[derive(Clone, PartialEq, Message)]
struct Field {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(uint32, tag = "3")]
    number: u32,
}

#[derive(Clone, PartialEq, Message)]
struct Service {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, repeated, tag = "2")]
    methods: Vec<Method>,
}

#[derive(Clone, PartialEq, Message)]
struct Method {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    input_type: String,
    #[prost(message, optional, tag = "4")]
    options: Option<Options>,
    #[prost(bool, tag = "5")]
    client_streaming: bool,
    #[prost(bool, tag = "6")]
    server_streaming: bool,
}

#[derive(Clone, PartialEq, Message)]
struct Options {
    #[prost(int32, optional, tag = "34")]
    idempotency_level: Option<i32>,
    #[prost(string, repeated, tag = "50703")]
    callers: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::booking::{BookRequest, ReserveBestRequest, ReserveRequest};

    fn framed(message: &impl Message) -> Vec<u8> {
        [vec![0; FRAME_HEAD_BYTES], message.encode_to_vec()].concat()
    }

    #[test]
    fn every_rpc_says_whether_it_may_be_sent_again_and_takes_one_message() {
        for file in Files::decode(contract::DESCRIPTORS).unwrap().files {
            for service in &file.services {
                for method in &service.methods {
                    let name = format!("{}.{}/{}", file.package, service.name, method.name);
                    let level = method.options.clone().unwrap_or_default().idempotency_level;
                    assert!(
                        level.is_some(),
                        "{name}: write option idempotency_level; IDEMPOTENCY_UNKNOWN is never again"
                    );
                    // A channel has a request as a whole before it sends it.
                    assert!(!method.client_streaming, "{name} takes a stream");
                }
            }
        }
    }

    #[test]
    fn what_may_be_sent_again_is_what_the_contract_says() {
        let of = |path| find(path).unwrap().repeat;
        assert_eq!(of("/usher.search.v1.SearchService/Search"), Repeat::Read);
        assert_eq!(of("/usher.booking.v1.BookingService/Release"), Repeat::Always);
        assert_eq!(of("/usher.booking.v1.BookingService/Book"), Repeat::WithRequestId(7));
        assert_eq!(of("/usher.booking.v1.BookingService/CheckIn"), Repeat::Never);
        assert!(find("/usher.event.v1.EventService/WatchSeats").unwrap().streams);
        assert!(find("/made.up/Path").is_none());
    }

    #[test]
    fn without_a_request_id_a_write_is_not_sent_again() {
        let reserve = find("/usher.booking.v1.BookingService/Reserve").unwrap().repeat;
        let bare = ReserveRequest { user_id: 7, ticket_ids: vec![1, 2, 300], ..ReserveRequest::default() };
        let named = ReserveRequest { request_id: "a".to_owned(), ..bare.clone() };
        assert!(!reserve.allows(&framed(&bare)));
        assert!(reserve.allows(&framed(&named)));
        let book = find("/usher.booking.v1.BookingService/Book").unwrap().repeat;
        assert!(book.allows(&framed(&BookRequest { request_id: "a".to_owned(), ..BookRequest::default() })));
        let mut compressed = framed(&named);
        compressed[0] = 1;
        assert!(!reserve.allows(&compressed), "not looked into");
        for broken in [&[][..], &[0, 0], &[0, 0, 0, 0, 0, 0xff, 0xff], &[0, 0, 0, 0, 0, 0x2a]] {
            assert!(!reserve.allows(broken), "{broken:?}");
        }
    }

    #[test]
    fn a_write_says_which_event_it_is_about() {
        let event = EventId::new(77).unwrap();
        let ticket_id = event.ticket(5).unwrap().get();
        let rpc = |name: &str| find(&format!("/usher.booking.v1.BookingService/{name}")).unwrap();
        let one = ReserveRequest { user_id: 1 << 40, ticket_id, ..ReserveRequest::default() };
        assert_eq!(rpc("Reserve").event(&framed(&one)), Some(event));
        let many = ReserveRequest { ticket_ids: vec![ticket_id, ticket_id + 1], ..ReserveRequest::default() };
        assert_eq!(rpc("Reserve").event(&framed(&many)), Some(event));
        let best = ReserveBestRequest { event_id: 77, ..ReserveBestRequest::default() };
        assert_eq!(rpc("ReserveBest").event(&framed(&best)), Some(event));
        for none in [ReserveRequest::default(), ReserveRequest { ticket_id: -1, ..ReserveRequest::default() }] {
            assert_eq!(rpc("Reserve").event(&framed(&none)), None);
        }
        for broken in [&[][..], &[0, 0, 0, 0, 0, 0xff, 0xff], &[0, 0, 0, 0, 0, 0x2a]] {
            assert_eq!(rpc("Reserve").event(broken), None, "{broken:?}");
        }
        let view = find("/usher.event.v1.EventService/GetEvent").unwrap();
        assert!(view.about.is_empty(), "whoever has least to do answers what is read");
    }
}
