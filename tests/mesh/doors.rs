//! Every RPC of the contract by its annotation: who may not call it is refused at the edge, and again at the service.

use prost_reflect::{DescriptorPool, MethodDescriptor};
use tonic::{Code, Request, client::Grpc, metadata::MetadataMap, transport::Channel};
use tonic_prost::ProstCodec;
use usher::contract::{DESCRIPTORS, access::Access};

use crate::harness::Mesh;

/// Every RPC, with who may call it.
fn rpcs() -> Vec<(MethodDescriptor, Access)> {
    let pool = DescriptorPool::decode(DESCRIPTORS).unwrap();
    let access = pool.get_extension_by_name("usher.access.v1.access").unwrap();
    let methods: Vec<_> = pool.services().flat_map(|service| service.methods().collect::<Vec<_>>()).collect();
    let annotated = methods.into_iter().map(|method| {
        let number = method.options().get_extension(&access).as_enum_number().unwrap();
        (method, Access::try_from(number).unwrap())
    });
    annotated.collect()
}

/// What a call without anything in it is answered.
async fn call(to: &str, method: &MethodDescriptor, metadata: MetadataMap) -> Code {
    let channel = Channel::from_shared(to.to_owned()).unwrap().connect().await.unwrap();
    let mut client = Grpc::new(channel);
    client.ready().await.unwrap();
    let path = format!("/{}/{}", method.parent_service().full_name(), method.name()).parse().unwrap();
    let mut request = Request::new(());
    *request.metadata_mut() = metadata;
    match client.unary(request, path, ProstCodec::<(), ()>::default()).await {
        Ok(_) => Code::Ok,
        Err(status) => status.code(),
    }
}

fn bearer(token: &str) -> MetadataMap {
    let mut metadata = MetadataMap::new();
    metadata.insert("authorization", format!("Bearer {token}").parse().unwrap());
    metadata
}

fn service<'m>(mesh: &'m Mesh, method: &MethodDescriptor) -> &'m str {
    let file = method.parent_file();
    let package = file.package_name().split('.').nth(1).unwrap().to_owned();
    &mesh.services.iter().find(|(name, _)| *name == package).unwrap().1
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rpc_refuses_who_may_not_call_it_at_the_edge_and_at_the_service() {
    let mesh = Mesh::start().await;
    let roles = ["", "CUSTOMER", "SCANNER", "ADMIN"];
    let (mut seen, mut closed) = (0, 0);
    for (method, access) in rpcs() {
        let opens_to: &[&str] = match access {
            Access::SignedIn => &["CUSTOMER", "SCANNER", "ADMIN"],
            Access::Scanner => &["SCANNER", "ADMIN"],
            Access::Admin => &["ADMIN"],
            Access::Unspecified => panic!("{} does not say who may call it", method.full_name()),
            // Anybody; or nobody, at the edge.
            Access::Public | Access::Internal => continue,
        };
        seen += 1;
        for role in roles {
            let metadata = if role.is_empty() { MetadataMap::new() } else { bearer(&mesh.token(77, role, 600)) };
            for to in [&mesh.edge, service(&mesh, &method)] {
                let code = call(to, &method, metadata.clone()).await;
                let refused = if role.is_empty() { Code::Unauthenticated } else { Code::PermissionDenied };
                // GetMe looks for the token's account, and nobody made one.
                let expected = opens_to.contains(&role) || code == refused;
                assert!(expected, "{} as {role:?} at {to}: {code:?}", method.full_name());
                let opened =
                    ![Code::Unauthenticated, Code::PermissionDenied].contains(&code) || method.name() == "GetMe";
                assert!(!opens_to.contains(&role) || opened, "{} as {role:?} at {to}: {code:?}", method.full_name());
                closed += usize::from(code == refused);
            }
        }
    }
    assert!(seen >= 16 && closed > 3 * seen, "{seen} RPCs, {closed} refusals");
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_internal_is_not_there_for_anybody_outside() {
    let mesh = Mesh::start().await;
    let internal: Vec<_> = rpcs().into_iter().filter(|(_, access)| *access == Access::Internal).collect();
    assert!(!internal.is_empty());
    for (method, _) in internal {
        assert_eq!(call(&mesh.edge, &method, bearer(&mesh.token(1, "ADMIN", 600))).await, Code::Unimplemented);
        assert_eq!(call(service(&mesh, &method), &method, MetadataMap::new()).await, Code::Ok);
    }
    mesh.stop().await;
}

/// What other houses' edges and services are told by headers.
pub const CLAIMS_IN_HEADERS: [(&str, &str); 12] = [
    ("x-user-id", "1"),
    ("x-user-role", "ADMIN"),
    ("x-forwarded-user", "1"),
    ("x-auth-request-user", "1"),
    ("x-authenticated-userid", "1"),
    ("x-usher-user-id", "1"),
    ("user_id", "1"),
    ("user-id", "1"),
    ("role", "ADMIN"),
    ("sub", "1"),
    ("x-jwt-payload", "eyJzdWIiOiIxIiwicm9sZSI6IkFETUlOIn0"),
    ("cookie", "auth_token=x; user_id=1; role=ADMIN"),
];

#[tokio::test(flavor = "multi_thread")]
async fn no_header_makes_anybody_somebody() {
    let mesh = Mesh::start().await;
    let ann = mesh.customer("ann").await;
    let mut request = mesh.guest().request(reqwest::Method::GET, "/v1/bookings");
    let mut admins = ann.request(reqwest::Method::POST, "/v1/boxoffice/block").json(&serde_json::json!({}));
    let mut mine = ann.request(reqwest::Method::GET, "/v1/me");
    let mut metadata = MetadataMap::new();
    for (name, value) in CLAIMS_IN_HEADERS {
        (request, admins, mine) = (request.header(name, value), admins.header(name, value), mine.header(name, value));
        metadata.insert(name, value.parse().unwrap());
    }
    mesh.guest().send(request).await.refused(401, "UNAUTHENTICATED");
    ann.send(admins).await.refused(403, "FORBIDDEN");
    assert_eq!(crate::harness::house::id(&ann.send(mine).await.ok()["user_id"]), ann.user_id);
    // Nor at a service itself.
    for (method, access) in rpcs() {
        if matches!(access, Access::SignedIn | Access::Scanner | Access::Admin) {
            let code = call(service(&mesh, &method), &method, metadata.clone()).await;
            assert_eq!(code, Code::Unauthenticated, "{}", method.full_name());
        }
    }
    mesh.stop().await;
}
