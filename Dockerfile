# The worker (and, with another command, the simulator) for docker-compose.yml.
FROM node:22.20.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build && npm prune --omit=dev

FROM node:22.20.0-bookworm-slim
ENV NODE_ENV=production NBFLOW_HOME=/data
WORKDIR /app
# Open to any uid: the worker runs as the owner of the project folder, who is known only when it starts.
RUN mkdir /data && chmod 0777 /data
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY bin bin
COPY package.json ./
USER node
CMD ["node", "dist/worker.js"]
