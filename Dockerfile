# syntax=docker/dockerfile:1
# One image per program: docker build --target booking-svc .
# Dependencies are built in a layer of their own, which lasts until Cargo.lock or a manifest changes.

FROM rust:1.95.0-slim-bookworm AS chef
WORKDIR /usher
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends build-essential \
    && rm -rf /var/lib/apt/lists/*
RUN cargo install cargo-chef --version 0.1.78 --locked

FROM chef AS plan
COPY . .
RUN cargo chef prepare --recipe-path recipe.json

FROM chef AS build
COPY --from=plan /usher/recipe.json recipe.json
RUN cargo chef cook --release --locked --workspace --bins --recipe-path recipe.json
COPY . .
RUN cargo build --release --locked --workspace --bins

# The web clients and the page at /docs: files that the edge reads at start.
FROM node:22.12.0-bookworm-slim AS web
WORKDIR /usher
COPY tools tools
COPY scripts scripts
COPY proto proto
COPY web web
COPY edge-proxy/docs-page edge-proxy/docs-page
RUN edge-proxy/docs-page/build
WORKDIR /usher/web
RUN npm ci --ignore-scripts --no-audit --no-fund && npm run generate && npm run build

# glibc and certificates, no shell, no package manager; user 65532.
FROM gcr.io/distroless/cc-debian12:nonroot AS bare

FROM bare AS account-svc
COPY --from=build /usher/target/release/account-svc /
ENTRYPOINT ["/account-svc"]

FROM bare AS booking-svc
COPY --from=build /usher/target/release/booking-svc /
ENTRYPOINT ["/booking-svc"]

FROM bare AS edge-proxy
COPY --from=build /usher/target/release/edge-proxy /
COPY --from=web /usher/web/dist /srv/web
COPY --from=web /usher/edge-proxy/docs-page/dist /srv/docs
ENV WEB_DIR=/srv/web DOCS_DIR=/srv/docs
ENTRYPOINT ["/edge-proxy"]

FROM bare AS event-svc
COPY --from=build /usher/target/release/event-svc /
ENTRYPOINT ["/event-svc"]

FROM bare AS payment-sandbox
COPY --from=build /usher/target/release/payment-sandbox /
ENTRYPOINT ["/payment-sandbox"]

FROM bare AS search-svc
COPY --from=build /usher/target/release/search-svc /
ENTRYPOINT ["/search-svc"]

FROM bare AS upkeep
COPY --from=build /usher/target/release/upkeep /
ENTRYPOINT ["/upkeep"]
