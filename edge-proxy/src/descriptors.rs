//! The contract as data: descriptors with their annotations and comments. Knows nothing of HTTP.

use std::collections::HashMap;

use prost_reflect::{DescriptorPool, DynamicMessage, ExtensionDescriptor, FileDescriptor, MethodDescriptor};
use usher::contract::{DESCRIPTORS, access::Access, api::HttpRule};

/// What a call costs whose RPC says nothing, in units.
const COST_USUAL: u32 = 1;

/// Why the descriptors can't be used. All of these are defects of the build: they show at start, or never.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bytes are no descriptor set.
    #[error("the contract can't be decoded: {0}")]
    Malformed(#[from] prost_reflect::DescriptorError),
    /// The annotations' own declaration is not among the descriptors.
    #[error("the contract does not declare the extension {0}")]
    NoExtension(&'static str),
    /// A method's annotation can't be read.
    #[error("{method}: its google.api.http annotation can't be read: {source}")]
    Annotation {
        /// The method's full name.
        method: String,
        /// What is wrong.
        source: prost::DecodeError,
    },
}

/// The contract, decoded.
#[derive(Debug, Clone)]
pub struct Descriptors {
    pool: DescriptorPool,
    http: ExtensionDescriptor,
    access: ExtensionDescriptor,
    cost: ExtensionDescriptor,
    /// By file name and path, as in `google.protobuf.SourceCodeInfo`.
    comments: HashMap<(String, Vec<i32>), String>,
}

impl Descriptors {
    /// Decodes the contract that this build was made with.
    pub fn load() -> Result<Self, Error> {
        Self::read(DESCRIPTORS)
    }

    /// Decodes a contract: a `google.protobuf.FileDescriptorSet` with all that it imports.
    pub(crate) fn read(encoded: &[u8]) -> Result<Self, Error> {
        let pool = DescriptorPool::decode(encoded)?;
        let find = |name: &'static str| pool.get_extension_by_name(name).ok_or(Error::NoExtension(name));
        let (http, access) = (find("google.api.http")?, find("usher.access.v1.access")?);
        let cost = find("usher.access.v1.cost")?;
        let comments = pool.files().flat_map(|file| comments(&file)).collect();
        Ok(Self { pool, http, access, cost, comments })
    }

    /// Every method of every service of Usher that somebody outside may call.
    pub(crate) fn methods(&self) -> impl Iterator<Item = MethodDescriptor> {
        let methods = self.pool.services().flat_map(|service| service.methods().collect::<Vec<_>>());
        methods.filter(|method| self.access(method) != Access::Internal)
    }

    /// What a call of `method` costs of its caller's allowance, in units.
    pub(crate) fn cost(&self, method: &MethodDescriptor) -> u32 {
        let options = method.options();
        match options.has_extension(&self.cost) {
            true => options.get_extension(&self.cost).as_u32().unwrap_or(COST_USUAL),
            false => COST_USUAL,
        }
    }

    /// How `method` is reached over REST; `None` where it is not.
    pub(crate) fn http_rule(&self, method: &MethodDescriptor) -> Result<Option<HttpRule>, Error> {
        let options = method.options();
        if !options.has_extension(&self.http) {
            return Ok(None);
        }
        let Some(rule) = options.get_extension(&self.http).as_message().map(DynamicMessage::transcode_to) else {
            return Ok(None);
        };
        rule.map(Some).map_err(|source| Error::Annotation { method: method.full_name().to_owned(), source })
    }

    /// The least that a caller of `method` must be: never public by omission.
    pub(crate) fn access(&self, method: &MethodDescriptor) -> Access {
        let number = method.options().get_extension(&self.access).as_enum_number();
        match number.and_then(|number| Access::try_from(number).ok()) {
            None | Some(Access::Unspecified) => Access::SignedIn,
            Some(access) => access,
        }
    }

    /// The comment that stands before the element at `path` of `file`; empty where there is none.
    pub(crate) fn comment(&self, file: &FileDescriptor, path: &[i32]) -> &str {
        self.comments.get(&(file.name().to_owned(), path.to_vec())).map_or("", String::as_str)
    }

    #[cfg(test)]
    pub(crate) const fn pool(&self) -> &DescriptorPool {
        &self.pool
    }
}

fn comments(file: &FileDescriptor) -> Vec<((String, Vec<i32>), String)> {
    let Some(source) = &file.file_descriptor_proto().source_code_info else {
        return Vec::new();
    };
    let found = source.location.iter().filter_map(|location| {
        let lines = location.leading_comments.as_deref()?.lines().map(str::trim).collect::<Vec<_>>();
        Some(((file.name().to_owned(), location.path.clone()), lines.join(" ").trim().to_owned()))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_access_survive_the_build() {
        let contract = Descriptors::load().unwrap();
        let reserve =
            contract.methods().find(|method| method.full_name() == "usher.booking.v1.BookingService.Reserve").unwrap();
        assert_eq!(contract.access(&reserve), Access::SignedIn);
        let comment = contract.comment(&reserve.parent_file(), reserve.path());
        assert!(comment.starts_with("Holds one or more seats of one event"), "{comment}");
    }

    #[test]
    fn calls_cost_what_the_contract_says_and_what_is_internal_is_not_there() {
        let contract = Descriptors::load().unwrap();
        let cost = |name: &str| contract.methods().find(|method| method.name() == name).map(|rpc| contract.cost(&rpc));
        assert_eq!((cost("LogIn"), cost("GetMe"), cost("GetJwks")), (Some(10), Some(1), Some(0)));
        assert_eq!(cost("ListEndedSessions"), None);
    }
}
