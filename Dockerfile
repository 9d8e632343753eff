# The official image of Node 26 on glibc. The release workflow resolves this tag to a digest and passes it
# (--build-arg NODE_IMAGE=node@sha256:…), so that the scanned, tested and signed images have the same base.
ARG NODE_IMAGE=node:26-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY rolldown.config.ts ./
COPY src ./src
# Commit that --version prints.
ARG COMMIT=
RUN COMMIT=$COMMIT npm run build

FROM ${NODE_IMAGE} AS root
WORKDIR /app
COPY package.json package-lock.json ./
# dist is a bundle that contains nearly all of these packages. They are installed for their licences, for scanners and for the SBOM.
RUN npm ci --omit=dev --omit=optional --ignore-scripts && rm package-lock.json
COPY --from=build /app/dist ./dist
# Creates V8's compiled code of each file. Node uses it only with the same path, user, version and processor features. Otherwise, Node
# compiles at each start, because the directory is not writable at run time.
RUN mkdir compile-cache && chown 10001:10001 compile-cache \
  && node -e 'process.setgid(10001); process.setuid(10001); \
    require("node:module").enableCompileCache("/app/compile-cache"); \
    process.argv.push("comapi-webhook", "--version"); \
    for (const file of require("node:fs").globSync("/app/dist/*.cjs")) require(file);' \
  && chown -R root:root compile-cache && chmod -R a+rX compile-cache
# Collects node, its shared libraries, and the files for name resolution and file ownership. The image contains no other program.
RUN mkdir -p /image/app /image/etc /image/tmp \
  && mv node_modules dist compile-cache package.json /image/app/ \
  && cp -L --parents "$(command -v node)" /image/ \
  && ldd "$(command -v node)" | grep -o '/[^ ]*' | sort -u > /linked \
  && xargs -I{} cp -L --parents {} /image/ < /linked \
  && printf 'root:x:0:0:root:/:/bin/false\nwebhook:x:10001:10001:webhook:/app:/bin/false\n' > /image/etc/passwd \
  && printf 'root:x:0:\nwebhook:x:10001:\n' > /image/etc/group \
  && printf 'hosts: files dns\n' > /image/etc/nsswitch.conf \
  && chmod 1777 /image/tmp
# Puts the program on the PATH, for "kubectl exec" and jobs. Without "--", node itself would read options such as --env-file that
# follow the program.
RUN printf '#!%s --\nrequire("node:module").enableCompileCache("/app/compile-cache");\nrequire("/app/dist/cli.cjs");\n' \
    "$(command -v node)" > /image/usr/local/bin/comapi-webhook \
  && chmod 755 /image/usr/local/bin/comapi-webhook
# Records the Debian packages of these files and their licences, in the format of Google's distroless images. Otherwise, scanners and
# the SBOM would miss glibc and libstdc++. The build fails if no package owns a file.
RUN set -e; mkdir -p /image/var/lib/dpkg/status.d; \
  cp -L --parents /etc/debian_version /etc/os-release /image/; \
  for file in /etc/debian_version $(cat /linked); do \
    owner=$(dpkg-query --search "$file" "/usr$file" 2>/dev/null | head -n 1 | cut -d : -f 1); \
    [ -n "$owner" ] || { echo "no package owns $file" >&2; exit 1; }; \
    dpkg-query --status "$owner" > "/image/var/lib/dpkg/status.d/$owner"; \
    cp -L --parents "/usr/share/doc/$owner/copyright" /image/; \
  done

FROM scratch
# The build command adds labels with version, revision and date. Here, they would invalidate the build cache.
LABEL org.opencontainers.image.title="comapi-webhook-receiver" \
  org.opencontainers.image.description="Receives signed Dotdigital CPaaS (Comapi) webhooks and stores every event on Apache Kafka before it answers" \
  org.opencontainers.image.licenses="MIT"
COPY --from=root /image /
# Without this, glibc keeps freed memory separately for each of Node's threads.
# Listens on all interfaces, because probes and scrapers connect from outside of the container.
ENV NODE_ENV=production PATH=/usr/local/bin MALLOC_ARENA_MAX=1 MANAGEMENT_HOST=::
WORKDIR /app
USER 10001:10001
EXPOSE 8080 9090
STOPSIGNAL SIGTERM
# In a container of 512 MiB, V8 would use 1 MiB for each half of its young generation. Records that wait for Kafka exceed that, which
# doubles the CPU time. See docs/decisions/023-speed.md. The first line of the program has no room for a second option.
ENTRYPOINT ["node", "--max-semi-space-size=16", "--", "/usr/local/bin/comapi-webhook"]
CMD ["receive"]
