//! The rows beside Envoy: what is sent, and which way it goes.

/// What somebody sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// `POST /v1/reserve`, to booking-svc.
    RestReserve,
    /// `GET /v1/search`, to search-svc: what others asked for before.
    RestSearch,
    /// Reserve as gRPC, to booking-svc.
    RpcReserve,
    /// `POST /v1/reserve`, to a service that only answers.
    RestEcho,
    /// Reserve as gRPC, to a service that only answers.
    RpcEcho,
}

/// Which way it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// To the service itself.
    Direct,
    /// Through the edge.
    Edge,
    /// Through Envoy.
    Envoy,
}

/// What is held open and does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Idle {
    /// Streams of `WatchSeats` on few connections.
    Streams,
    /// Connections of HTTP/2 that each had one request.
    Connections,
}

impl What {
    /// What is sent `way`, for people.
    pub const fn title(self, way: Way) -> &'static str {
        match (self, way) {
            (Self::RestReserve, Way::Envoy) => "REST Reserve through Envoy",
            (Self::RestReserve, _) => "REST Reserve through the edge",
            (Self::RestSearch, Way::Envoy) => "REST Search, kept, through Envoy",
            (Self::RestSearch, _) => "REST Search, kept, through the edge",
            (Self::RpcReserve, Way::Envoy) => "gRPC Reserve through Envoy",
            (Self::RpcReserve, _) => "gRPC Reserve through the edge",
            (Self::RestEcho, Way::Envoy) => "REST Reserve through Envoy, to an echo",
            (Self::RestEcho, _) => "REST Reserve through the edge, to an echo",
            (Self::RpcEcho, Way::Envoy) => "gRPC Reserve through Envoy, to an echo",
            (Self::RpcEcho, Way::Edge) => "gRPC Reserve through the edge, to an echo",
            (Self::RpcEcho, Way::Direct) => "gRPC Reserve, straight to an echo",
        }
    }

    /// The same for programs.
    pub const fn key(self, way: Way) -> &'static str {
        match (self, way) {
            (Self::RestReserve, Way::Envoy) => "rest_reserve_envoy",
            (Self::RestReserve, _) => "rest_reserve_edge",
            (Self::RestSearch, Way::Envoy) => "rest_search_envoy",
            (Self::RestSearch, _) => "rest_search_edge",
            (Self::RpcReserve, Way::Envoy) => "grpc_reserve_envoy",
            (Self::RpcReserve, _) => "grpc_reserve_edge",
            (Self::RestEcho, Way::Envoy) => "rest_echo_envoy",
            (Self::RestEcho, _) => "rest_echo_edge",
            (Self::RpcEcho, Way::Envoy) => "grpc_echo_envoy",
            (Self::RpcEcho, Way::Edge) => "grpc_echo_edge",
            (Self::RpcEcho, Way::Direct) => "grpc_echo_direct",
        }
    }

    /// Whether a service answers it that does nothing else.
    pub const fn is_echoed(self) -> bool {
        matches!(self, Self::RestEcho | Self::RpcEcho)
    }
}

impl Idle {
    /// For people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Streams => "idle WatchSeats streams at the edge, 100 a connection",
            Self::Connections => "idle HTTP/2 connections at the edge",
        }
    }

    /// For programs.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Streams => "edge_idle_streams",
            Self::Connections => "edge_idle_connections",
        }
    }
}
