/** What every feature may use: adapters, errors, settings, and the context as a type. */
const BASE = [
  "src/errors.ts",
  "src/config.ts",
  "src/model-catalogue/",
  "src/platform/",
  "src/generated/",
  "type:src/app-context.ts",
];

const feature = (name: string) => `src/features/${name}/`;
const FEATURES = [
  "models",
  "auth",
  "account",
  "activity",
  "rooms",
  "titles",
  "context",
  "messages",
  "turns",
  "replies",
  "usage",
  "billing",
  "admin",
];
const ALL_FEATURES = FEATURES.map(feature);

/**
 * The rooms of the source, each with what it may import besides itself. A module belongs to the longest path that it
 * begins with. `type:` lets a room in as a type only; `*` stands for one folder. Tests, tools, examples and benchmarks may
 * import anything but entries.
 */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  "src/errors.ts": [],
  "src/model-catalogue/": [],
  "src/setting-values.ts": ["src/model-catalogue/"],
  "src/config.ts": ["src/errors.ts", "src/setting-values.ts", "src/model-catalogue/"],
  "src/generated/": [],
  "src/platform/": ["src/errors.ts", "src/config.ts", "src/generated/"],
  "src/app-context.ts": ["src/errors.ts", "src/config.ts", "src/platform/", "src/generated/"],

  // Use cases, from the ground floor up: a feature knows only those below it.
  "src/features/activity/": BASE,
  "src/features/models/": BASE,
  "src/features/usage/": [...BASE, ...["models", "activity"].map(feature)],
  "src/features/rooms/": [...BASE, feature("models"), feature("activity")],
  "src/features/titles/": [...BASE, ...["models", "usage", "rooms"].map(feature)],
  "src/features/auth/": [...BASE, feature("activity")],
  "src/features/billing/": [...BASE, ...["activity", "auth", "usage"].map(feature)],
  "src/features/messages/": [...BASE, ...["models", "activity", "usage", "rooms"].map(feature)],
  "src/features/context/": [...BASE, ...["models", "usage", "rooms", "messages"].map(feature)],
  "src/features/replies/": [...BASE, ...["models", "activity", "usage", "rooms", "messages", "context"].map(feature)],
  "src/features/turns/": [...BASE, ...["models", "activity", "usage", "rooms", "messages", "replies"].map(feature)],
  "src/features/account/": [
    ...BASE,
    ...["activity", "usage", "auth", "billing", "rooms", "messages", "replies"].map(feature),
  ],
  "src/features/admin/": [...BASE, "src/app-context.ts", ...ALL_FEATURES],

  // The graph: what features build on, their types and mutations, and what puts them together.
  "src/graphql/": [
    ...BASE,
    ...["models", "auth", "activity", "messages", "replies"].map((name) => `type:${feature(name)}`),
  ],
  "src/features/*/schema": [...BASE, "src/graphql/", "src/features/<own>/", "src/features/auth/"],
  "src/http/": [...BASE, "src/graphql/", "src/http/graphql/schema.ts", ...FEATURES.map(feature)],
  "src/http/graphql/nodes.ts": [...BASE, "src/graphql/", "src/features/*/schema"],
  "src/http/graphql/schema.ts": ["src/graphql/", "src/features/*/schema", "src/http/graphql/nodes.ts"],
  "src/app.ts": [...BASE, "src/http/"],

  // Clients know the API by its schema alone.
  "packages/": [],
  "web/": ["packages/"],

  // Programs.
  "src/main.ts": ["src/app.ts", "src/app-context.ts", "src/config.ts", "src/platform/"],
  "src/migrate.ts": ["src/platform/", "src/config.ts"],
  "src/admin.ts": ["src/features/admin/"],
  "worker/": [...BASE, "src/app-context.ts", ...ALL_FEATURES],
};

/** Entries start when they are imported. */
export const ENTRIES = ["src/main.ts", "src/migrate.ts", "src/admin.ts", "worker/main.ts"];
