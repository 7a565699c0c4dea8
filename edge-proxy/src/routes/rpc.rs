//! An RPC, with what the edge needs to know of it, read off the contract.

use http::uri::PathAndQuery;
use prost_reflect::{FieldDescriptor, Kind, MethodDescriptor};
use usher::contract::access::Access;

use super::Error;
use crate::descriptors::Descriptors;

/// One RPC, with what the edge needs to know of it.
#[derive(Debug)]
pub(crate) struct Rpc {
    pub(crate) method: MethodDescriptor,
    /// `/usher.booking.v1.BookingService/Reserve`.
    pub(crate) path: PathAndQuery,
    /// Its package's own name: `booking` of `usher.booking.v1`.
    pub(crate) package: String,
    pub(crate) access: Access,
    /// The request's field for a token, where it has one.
    pub(crate) auth_token: Option<FieldDescriptor>,
    /// The request's field for its caller, where it has one.
    pub(crate) user_id: Option<FieldDescriptor>,
    /// What a call costs of its caller's allowance, in units.
    pub(crate) cost: u32,
    /// Whether it gives or ends tokens: whoever asks for that proves themselves by something else than an auth token.
    pub(crate) gives_token: bool,
}

impl Rpc {
    /// Whether its answers are the same for everybody.
    pub(crate) fn is_for_everybody(&self) -> bool {
        self.access == Access::Public && !self.gives_token
    }
}

/// The RPC that a method is.
pub(super) fn rpc(contract: &Descriptors, method: MethodDescriptor) -> Result<Rpc, Error> {
    let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
    let path = path.parse().map_err(|_| Error::Unsupported {
        method: method.full_name().to_owned(),
        what: "a name that makes no gRPC path",
    })?;
    let file = method.parent_file();
    let package = file.package_name().split('.').nth(1).unwrap_or_default().to_owned();
    let request = method.input();
    let of_kind = |name, kind| request.get_field_by_name(name).filter(|field| field.kind() == kind && !field.is_list());
    Ok(Rpc {
        path,
        package,
        access: contract.access(&method),
        auth_token: of_kind("auth_token", Kind::String),
        user_id: of_kind("user_id", Kind::Int64),
        cost: contract.cost(&method),
        gives_token: method.output().get_field_by_name("auth_token").is_some()
            || request.get_field_by_name("refresh_token").is_some(),
        method,
    })
}
