//! The contracts of `proto/`, compiled: messages, clients, servers, proto3 JSON. Nothing here is written by hand.

/// Every contract with its options and comments, encoded as a `google.protobuf.FileDescriptorSet`: what reflection
/// serves, and what the edge derives its routes and its `OpenAPI` document from.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/usher_descriptor.bin"));

pub use tree::google::api;
pub use tree::usher::{
    access::v1 as access, account::v1 as account, booking::v1 as booking, event::v1 as event, feed::v1 as feed,
    search::v1 as search,
};

/// Mirrors the packages: generated code names its neighbours by relative paths.
#[expect(missing_docs, unused_qualifications, clippy::pedantic, clippy::allow_attributes, reason = "generated code")]
mod tree {
    pub mod google {
        pub mod api {
            include!(concat!(env!("OUT_DIR"), "/google.api.rs"));
            include!(concat!(env!("OUT_DIR"), "/google.api.serde.rs"));
        }
    }
    pub mod usher {
        pub mod access {
            pub mod v1 {
                include!(concat!(env!("OUT_DIR"), "/usher.access.v1.rs"));
            }
        }
        pub mod account {
            pub mod v1 {
                include!(concat!(env!("OUT_DIR"), "/usher.account.v1.rs"));
                include!(concat!(env!("OUT_DIR"), "/usher.account.v1.serde.rs"));
            }
        }
        pub mod booking {
            pub mod v1 {
                include!(concat!(env!("OUT_DIR"), "/usher.booking.v1.rs"));
                include!(concat!(env!("OUT_DIR"), "/usher.booking.v1.serde.rs"));
            }
        }
        pub mod event {
            pub mod v1 {
                include!(concat!(env!("OUT_DIR"), "/usher.event.v1.rs"));
                include!(concat!(env!("OUT_DIR"), "/usher.event.v1.serde.rs"));
            }
        }
        pub mod feed {
            pub mod v1 {
                include!(concat!(env!("OUT_DIR"), "/usher.feed.v1.rs"));
            }
        }
        pub mod search {
            pub mod v1 {
                include!(concat!(env!("OUT_DIR"), "/usher.search.v1.rs"));
                include!(concat!(env!("OUT_DIR"), "/usher.search.v1.serde.rs"));
            }
        }
    }
}
