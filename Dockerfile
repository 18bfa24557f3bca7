# Two images from one binary:
#   action   nothing but the binary and certificates to trust; what action.yml names
#   gitlab   the same with a static busybox: GitLab's runner needs a shell to run a job's script
#
# From source (needs a registry to pull the Rust image from):
#   docker build --target action .
# From a binary already built, with no base image to pull at all:
#   docker build --target action --build-arg FILES=binary --build-arg BINARY=dist .
# where the folder `dist` of the build context holds `weighbridge` (static), `ca-certificates.crt` and `busybox` (static).

# Which stage supplies the files: `build` or `binary`.
ARG FILES=build
ARG RUST_IMAGE=rust:1.95-bookworm

FROM ${RUST_IMAGE} AS build
RUN apt-get update \
 && apt-get install --yes --no-install-recommends busybox-static ca-certificates musl-tools \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN target="$(uname -m)-unknown-linux-musl" \
 && rustup target add "$target" \
 && cargo build --profile dist --locked --bin weighbridge --target "$target" \
 && mkdir /files \
 && cp "target/$target/dist/weighbridge" /bin/busybox /etc/ssl/certs/ca-certificates.crt /files/

FROM scratch AS binary
ARG BINARY=dist
COPY ${BINARY}/weighbridge ${BINARY}/ca-certificates.crt ${BINARY}/busybox /files/

FROM ${FILES} AS files

# No USER and no WORKDIR: GitHub runs container actions as root in the mounted workspace.
FROM scratch AS action
COPY --from=files --chmod=0644 /files/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=files --chmod=0755 /files/weighbridge /usr/local/bin/weighbridge
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
LABEL org.opencontainers.image.source="https://github.com/weighbridge-dev/weighbridge" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.title="weighbridge"
ENTRYPOINT ["/usr/local/bin/weighbridge"]
CMD ["run"]

FROM scratch AS gitlab
COPY --from=files --chmod=0644 /files/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
# Busybox is under GPL-2.0; its source is Debian's package busybox.
COPY --from=files --chmod=0755 /files/busybox /bin/busybox
RUN ["/bin/busybox", "sh", "-c", "/bin/busybox --install -s /bin && mkdir -m 1777 /tmp"]
COPY --from=files --chmod=0755 /files/weighbridge /usr/local/bin/weighbridge
ENV PATH=/usr/local/bin:/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
LABEL org.opencontainers.image.source="https://github.com/weighbridge-dev/weighbridge" \
      org.opencontainers.image.licenses="(MIT OR Apache-2.0) AND GPL-2.0-only" \
      org.opencontainers.image.title="weighbridge for GitLab CI"
# An entry point that does not pass its arguments on keeps GitLab's runner from starting its shell.
ENTRYPOINT []
CMD ["/bin/sh"]
