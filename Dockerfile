# The operator with its module in the image: for the Helm chart, and for clusters that may not load code from a Secret.
# See docs/install.md.
# The tags name one release of Node.js on one release of Debian; pin them further by digest where your registry is.
FROM node:24.22.3-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
COPY scripts/remove-native-addons.mjs scripts/
COPY substitutes substitutes
RUN npm ci
COPY . .
RUN npm run build
# What the module's bundle leaves outside: the framework and its Kubernetes client.
RUN npm ci --omit=dev --omit=optional

FROM node:24.22.3-bookworm-slim
WORKDIR /app
COPY --from=build /src/node_modules node_modules
COPY --from=build /src/substitutes substitutes
COPY --from=build /src/dist/pepr-kollect-connection-test.js operator.js
COPY --from=build /src/dist/kubectl-kollect.cjs kubectl-kollect.cjs
USER 65532:65532
ENTRYPOINT ["node"]
CMD ["/app/operator.js"]
