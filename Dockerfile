# Debian slim, twice: the compiler stays behind.
FROM debian:bookworm-slim AS build
WORKDIR /src
COPY . .
RUN apt-get update && apt-get install -qy --no-install-recommends make \
    && make install DESTDIR=/out PREFIX=/usr

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -qy --no-install-recommends ca-certificates \
        libconfig9 libcurl4 libgnutls30 libjansson4 libmicrohttpd12 libsqlite3-0 libssl3 libsystemd0 zlib1g \
    && apt-get clean && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin dynamod \
    && install -d -o dynamod /var/lib/dynamod && install -d /etc/dynamod/apps.d
COPY --from=build /out/usr/sbin/dynamod /usr/sbin/dynamod
COPY etc/container/dynamod.conf /etc/dynamod/dynamod.conf

# By number, so that Kubernetes sees that it is not root. Nothing is written but to
# /var/lib/dynamod, and that by the embedded store alone: the root may be read-only.
USER 10001
VOLUME /var/lib/dynamod
# REST; then /live, /ready, /metrics and /status, for operators.
EXPOSE 8080 8081
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["/usr/sbin/dynamod", "--check-live"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/sbin/dynamod"]
CMD ["--config", "/etc/dynamod/dynamod.conf"]
