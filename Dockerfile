# syntax=docker/dockerfile:1

FROM rust:1.95.0-slim-bookworm AS build
WORKDIR /build

# First the dependencies alone, over empty sources: this layer stays as long as the lock file does.
COPY Cargo.toml Cargo.lock ./
COPY migrations/Cargo.toml migrations/
COPY proto/Cargo.toml proto/
RUN mkdir -p src migrations/src proto/src tests/it \
    && touch src/lib.rs migrations/src/lib.rs proto/src/lib.rs tests/it/main.rs \
    && echo 'fn main() {}' > src/main.rs \
    && cp src/main.rs build.rs \
    && cp src/main.rs proto/build.rs \
    && cargo build --locked --profile dist --bin helpdesk \
    && rm -r src migrations/src proto build.rs

# Then the service. The sources are older than the layer above, so their times are renewed for cargo to see them.
COPY . .
RUN find src migrations proto build.rs -name '*.rs' -exec touch {} + \
    && cargo build --locked --profile dist --bin helpdesk \
    && install -D target/dist/helpdesk /image/usr/local/bin/helpdesk \
    && install -D --mode=644 -t /image/usr/share/doc/helpdesk LICENSE-APACHE LICENSE-MIT \
    && install -d --mode=750 /data/helpdesk

# The C library, the certificate authorities, and nothing else: no shell, no package manager.
FROM gcr.io/distroless/cc-debian12:nonroot
LABEL org.opencontainers.image.title="helpdesk" \
      org.opencontainers.image.description="A help desk as one gRPC service" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY --from=build /image /
COPY --from=build --chown=65532:65532 /data /var/lib

# By number, so that an orchestrator can verify that the service does not run as root.
USER 65532:65532
WORKDIR /var/lib/helpdesk

# The metrics page stays on loopback unless HELPDESK__TELEMETRY__METRICS_LISTEN says otherwise; then its port is 9464.
ENV HELPDESK__SERVER__LISTEN=0.0.0.0:50051 \
    HELPDESK__DATA_DIR=/var/lib/helpdesk \
    HELPDESK__DATABASE__URL=sqlite:///var/lib/helpdesk/helpdesk.db?mode=rwc
VOLUME ["/var/lib/helpdesk"]
EXPOSE 50051 9464

# Draining takes up to 20 s: stop with `docker stop --time 25`.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 CMD ["helpdesk", "health"]
ENTRYPOINT ["helpdesk"]
CMD ["serve"]
