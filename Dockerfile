# Debian slim, twice: the compiler stays behind.
FROM debian:bookworm-slim AS build
WORKDIR /src
COPY . .
RUN apt-get update && apt-get install -qy --no-install-recommends make \
    && make install DESTDIR=/out PREFIX=/usr

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -qy --no-install-recommends ca-certificates \
        libconfig9 libcurl4 libjansson4 libmicrohttpd12 libsqlite3-0 libssl3 libsystemd0 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --no-create-home --shell /usr/sbin/nologin dynamod
COPY --from=build /out/usr/sbin/dynamod /usr/sbin/dynamod
USER dynamod
EXPOSE 8080
ENTRYPOINT ["/usr/sbin/dynamod"]
CMD ["-c", "/etc/dynamod/dynamod.conf"]
