/** A direction that imports may not take. */
export type ImportRule = Readonly<{
  name: string;
  /** Shown with each violation. */
  why: string;
  from: RegExp;
  /** Whether `from` may not import `to`. */
  forbids: (to: string, from: string) => boolean;
  /** Also through other modules; otherwise only what the module itself imports counts. */
  transitive?: true;
  /** `import type` is fine. */
  exceptTypes?: true;
}>;

const FEATURE = /^src\/(?!http\/|graphql\/|platform\/|generated\/)([^/]+)\//;
const FEATURE_SCHEMA = /^src\/(?!http\/|graphql\/|platform\/|generated\/)[^/]+\/schema\.ts$/;
const USE_CASE = /^src\/(?!http\/|graphql\/|platform\/|generated\/)[^/]+\/(?!schema\.ts$)/;
const TRANSPORT = /^src\/(graphql|http)\/|^src\/(main|app)\.ts$/;
const INSIDE = /^(src|worker|test|scripts|bench|examples)\//;

const within = (...allowed: RegExp[]) => {
  return (to: string) => INSIDE.test(to) && !allowed.some((pattern) => pattern.test(to));
};

const featureOf = (path: string) => FEATURE.exec(path)?.[1];

/** "Where each thing lives", as rules: what a module may know follows from its path alone. */
export const IMPORT_RULES: readonly ImportRule[] = [
  {
    name: "use-cases-know-no-transport",
    why: "A use case serves the API, the worker and tests alike: it reaches neither GraphQL nor HTTP.",
    from: USE_CASE,
    forbids: (to) => TRANSPORT.test(to) || FEATURE_SCHEMA.test(to),
    transitive: true,
  },
  {
    name: "worker-reaches-no-graphql",
    why: "The worker runs use cases; what it loads must not drag the API in.",
    from: /^worker\//,
    forbids: (to) => TRANSPORT.test(to) || FEATURE_SCHEMA.test(to),
    transitive: true,
  },
  {
    name: "platform-knows-no-feature",
    why: "Adapters are the same whatever is built on them.",
    from: /^src\/platform\//,
    forbids: within(/^src\/(platform|generated)\//, /^src\/(config|errors)\.ts$/),
    transitive: true,
  },
  {
    name: "foundations-import-nothing",
    why: "config.ts and errors.ts lie under everything else.",
    from: /^src\/(config|errors)\.ts$/,
    forbids: within(),
  },
  {
    name: "context-is-made-of-platform",
    why: "The context is wired from adapters; features get it, it does not get them.",
    from: /^src\/app-context\.ts$/,
    forbids: within(/^src\/(platform|generated)\//, /^src\/(config|errors)\.ts$/),
  },
  {
    name: "context-is-only-a-type",
    why: "Who needs the context is handed one; only entries, scripts and tests build it.",
    from: /^src\/(?!main\.ts$|app\.ts$)/,
    forbids: (to) => to === "src/app-context.ts",
    exceptTypes: true,
  },
  {
    name: "contracts-stand-alone",
    why: "Both ends of a queue or a topic parse its contract, so it knows neither end.",
    from: /^src\/[^/]+\/(jobs|events)\.ts$/,
    forbids: within(/^src\/(platform|generated)\//, /^src\/errors\.ts$/),
  },
  {
    name: "schema-files-stay-in-their-feature",
    why: "A schema file knows the builder, its own use cases and auth; other features' types go by name.",
    from: FEATURE_SCHEMA,
    forbids: (to, from) => {
      const feature = featureOf(to);
      const foreign = feature !== undefined && feature !== "auth" && feature !== featureOf(from);
      return foreign || (FEATURE_SCHEMA.test(to) && to !== from) || /^src\/(http\/|main\.ts$|app\.ts$)/.test(to);
    },
  },
  {
    name: "graphql-gathers-schema-files",
    why: "Schema-wide policy knows features only by their schema files, and auth for who is asking.",
    from: /^src\/graphql\//,
    forbids: (to) => {
      const useCase = USE_CASE.test(to) && featureOf(to) !== "auth";
      return useCase || /^src\/(http\/|main\.ts$|app\.ts$)/.test(to);
    },
  },
  {
    name: "http-goes-through-graphql",
    why: "Transports carry the whole schema; they do not pick fields out of a feature.",
    from: /^src\/http\//,
    forbids: (to) => FEATURE_SCHEMA.test(to) || /^src\/(main|app)\.ts$/.test(to),
  },
  {
    name: "entries-are-not-imported",
    why: "An entry starts when it is imported; app.ts and app-context.ts are there for everybody else.",
    from: INSIDE,
    forbids: (to) => to === "src/main.ts" || to === "worker/main.ts",
  },
  {
    name: "src-imports-nothing-around-it",
    why: "src is the program; the worker, tests, scripts and examples use it, not the other way round.",
    from: /^src\//,
    forbids: (to) => INSIDE.test(to) && !to.startsWith("src/"),
  },
  {
    name: "worker-imports-no-tooling",
    why: "What is deployed does not hang on tests, scripts, benchmarks or examples.",
    from: /^worker\//,
    forbids: (to) => /^(test|scripts|bench|examples)\//.test(to),
  },
  {
    name: "no-dev-dependencies",
    why: "The image holds production dependencies only.",
    from: /^(src|worker)\/|^scripts\/(migrate|admin)\.ts$/,
    forbids: (to) => to.startsWith("npm-dev:"),
    transitive: true,
    exceptTypes: true,
  },
  {
    name: "no-unlisted-packages",
    why: "A package that package.json does not name is there by accident.",
    from: /^(?!.*\/generated\/)/,
    forbids: (to) => to.startsWith("npm-unlisted:"),
  },
  {
    name: "imports-can-be-followed",
    why: "What these rules cannot follow they cannot hold: the module is missing, or its name is computed.",
    from: /^(src|worker)\//,
    forbids: (to) => to.startsWith("missing:") || to === "computed:",
  },
];
