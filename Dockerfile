# One image for the API, the worker and the migrations:
#
#   docker run --init -p 4000:4000 --env-file .env colloquy
#   docker run --init --env-file .env colloquy --max-semi-space-size=32 --initial-old-space-size=256 dist/worker/main.js
#   docker run --rm --env-file .env colloquy dist/src/migrate.js
#   docker run --rm --env-file .env colloquy dist/src/admin.js --help
#
# `--init` puts a small process before Node that passes signals on; docker-compose.yml does the same.

FROM node:24-slim AS base
WORKDIR /app

# Everything, to build with.
FROM base AS build
COPY package.json package-lock.json .npmrc ./
# The generators run below, when there is something to generate from.
RUN npm ci --ignore-scripts --no-audit
COPY . .
RUN npm run generate && npm run build

# Some packages are asked for when the built program runs (`tools/build/bundle.ts`). npm takes the Prisma CLI and
# TypeScript for needed, as peers of the Prisma client: with them it would be more than twice the size. What npm calls
# optional stays: the native half of argon2 is. No package left has to run a script to be complete.
FROM base AS dependencies
COPY package.json package-lock.json .npmrc ./
RUN npm uninstall prisma typescript --package-lock-only --no-audit \
  && npm ci --omit=dev --ignore-scripts --no-audit

FROM base
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000
COPY package.json ./
COPY prisma ./prisma
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
USER node
EXPOSE 4000

# Alive or not; whether PostgreSQL and Redis answer is asked at /ready. The worker's is in docker-compose.yml.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "--eval", "fetch(`http://127.0.0.1:${process.env.PORT}/health`, { signal: AbortSignal.timeout(2500) }).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

ENTRYPOINT ["node", "--enable-source-maps"]
CMD ["--max-semi-space-size=32", "dist/src/main.js"]
