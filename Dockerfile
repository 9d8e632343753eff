# Node 24 on glibc, the official image. A release is built from a digest: its workflow looks up the digest of this tag
# and hands it over (--build-arg NODE_IMAGE=node@sha256:…), so that what was scanned, tested and signed is one base.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY rolldown.config.ts ./
COPY src ./src
# What --version says of the build.
ARG COMMIT=
RUN COMMIT=$COMMIT npm run build

FROM ${NODE_IMAGE} AS root
WORKDIR /app
COPY package.json package-lock.json ./
# dist is a bundle with nearly all of these packages in it. They are here for their licences, for scanners and for the SBOM.
RUN npm ci --omit=dev --omit=optional --ignore-scripts && rm package-lock.json
COPY --from=build /app/dist ./dist
# What V8 makes of each file when it compiles it. Node takes it under the same path and user, and only when its version and the
# processor's features are the same too; else it compiles, as the directory is not writable at run time.
RUN mkdir compile-cache && chown 10001:10001 compile-cache \
  && node -e 'process.setgid(10001); process.setuid(10001); \
    require("node:module").enableCompileCache("/app/compile-cache"); \
    process.argv.push("comapi-webhook", "--version"); \
    for (const file of require("node:fs").globSync("/app/dist/*.cjs")) require(file);' \
  && chown -R root:root compile-cache && chmod -R a+rX compile-cache
# node, the libraries that it is linked with, and what name resolution and file ownership need: nothing else runs.
RUN mkdir -p /image/app /image/etc /image/tmp \
  && mv node_modules dist compile-cache package.json /image/app/ \
  && cp -L --parents "$(command -v node)" /image/ \
  && ldd "$(command -v node)" | grep -o '/[^ ]*' | sort -u > /linked \
  && xargs -I{} cp -L --parents {} /image/ < /linked \
  && printf 'root:x:0:0:root:/:/bin/false\nwebhook:x:10001:10001:webhook:/app:/bin/false\n' > /image/etc/passwd \
  && printf 'root:x:0:\nwebhook:x:10001:\n' > /image/etc/group \
  && printf 'hosts: files dns\n' > /image/etc/nsswitch.conf \
  && chmod 1777 /image/tmp
# The program by its own name, for "kubectl exec" and jobs. In a container of 512 MiB V8 would take 1 MiB for each half of its
# young generation: what waits for Kafka outgrows that, and the receiver takes twice the CPU time. See docs/decisions/023-speed.md.
RUN printf '#!%s --max-semi-space-size=16\nrequire("node:module").enableCompileCache("/app/compile-cache");\nrequire("/app/dist/cli.cjs");\n' \
    "$(command -v node)" > /image/usr/local/bin/comapi-webhook \
  && chmod 755 /image/usr/local/bin/comapi-webhook
# Which Debian packages these files are from, and their licences, in the form of Google's distroless images: scanners and
# the SBOM would see neither glibc nor libstdc++ otherwise. A file that no package owns ends the build.
RUN set -e; mkdir -p /image/var/lib/dpkg/status.d; \
  cp -L --parents /etc/debian_version /etc/os-release /image/; \
  for file in /etc/debian_version $(cat /linked); do \
    owner=$(dpkg-query --search "$file" "/usr$file" 2>/dev/null | head -n 1 | cut -d : -f 1); \
    [ -n "$owner" ] || { echo "no package owns $file" >&2; exit 1; }; \
    dpkg-query --status "$owner" > "/image/var/lib/dpkg/status.d/$owner"; \
    cp -L --parents "/usr/share/doc/$owner/copyright" /image/; \
  done

FROM scratch
# Version, revision and date are labels that the build command adds: they would spoil the cache here.
LABEL org.opencontainers.image.title="comapi-webhook-receiver" \
  org.opencontainers.image.description="Receives signed Dotdigital CPaaS (Comapi) webhooks and stores every event on Apache Kafka before it answers" \
  org.opencontainers.image.licenses="MIT"
COPY --from=root /image /
# glibc else keeps memory that was freed once for each of Node's threads.
# Probes and scrapers are outside of the container.
ENV NODE_ENV=production PATH=/usr/local/bin MALLOC_ARENA_MAX=1 MANAGEMENT_HOST=::
WORKDIR /app
USER 10001:10001
EXPOSE 8080 9090
STOPSIGNAL SIGTERM
ENTRYPOINT ["comapi-webhook"]
CMD ["receive"]
