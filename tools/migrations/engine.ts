import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { PrismaPg } from "@prisma/adapter-pg";
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from "@prisma/driver-adapter-utils";
import * as bindings from "@prisma/schema-engine-wasm/schema_engine_bg";

type SchemaEngine = bindings.SchemaEngine;
export type MigrationList = Parameters<SchemaEngine["applyMigrations"]>[0]["migrationsList"];

const CONNECT_TIMEOUT_MS = 5_000;

type Target = Readonly<{
  /** The database; also taken as the shadow database, where the caller gives an empty one. */
  url: string;
  /** Needed where the work compares with a Prisma schema. */
  schema?: Readonly<{ path: string; content: string }>;
}>;

/**
 * Runs Prisma's schema engine, the WebAssembly one of npm, against a database.
 *
 * @throws what the engine, the driver or PostgreSQL reports
 */
export async function withMigrationEngine<T>(target: Target, work: (engine: SchemaEngine) => Promise<T>): Promise<T> {
  loadEngine();
  const open = new Map<Adapter, () => Promise<void>>();
  const connect = async () => {
    const adapter = await connectForEngine(target.url);
    open.set(adapter, adapter.dispose.bind(adapter));
    // The engine disposes of some connections and forgets others.
    adapter.dispose = async () => {
      const dispose = open.get(adapter);
      open.delete(adapter);
      await dispose?.();
    };
    return adapter;
  };
  const factory = {
    provider: "postgres",
    adapterName: "@prisma/adapter-pg",
    connect,
    connectToShadowDb: connect,
  } as const;
  const adapter = bindMigrationAwareSqlAdapterFactory(factory);
  try {
    const datamodels: [string, string][] | undefined = target.schema && [[target.schema.path, target.schema.content]];
    return await work(await bindings.SchemaEngine.new({ datamodels }, () => {}, adapter));
  } catch (error) {
    // What the driver cannot translate reaches us as a number only.
    const [, id] = /External error id#(\d+)/.exec(String(error)) ?? [];
    throw (id !== undefined && adapter.errorRegistry.consumeError(Number(id))?.error) || error;
  } finally {
    await Promise.all([...open.keys()].map((connection) => connection.dispose()));
  }
}

type Adapter = Awaited<ReturnType<PrismaPg["connect"]>>;

/** A connection as the engine needs it, where the stock adapter falls short. */
async function connectForEngine(url: string): Promise<Adapter> {
  const factory = new PrismaPg({
    connectionString: url,
    // The engine's advisory lock belongs to a connection: there must be only one.
    max: 1,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  const adapter = await factory.connect();
  // The adapter cuts scripts at every semicolon, also inside strings, comments and function bodies, and runs the
  // pieces one by one. PostgreSQL takes a script as a whole, and as one transaction.
  adapter.executeScript = async (script) => {
    await adapter.executeRaw({ sql: script, args: [], argTypes: [] });
  };
  giveCharacterColumns(adapter);
  return adapter;
}

/** PostgreSQL's one-byte "char", which only its catalogues use. */
const OID_CHAR = 18;
const OID_TEXT = 25;

/** Of the pool; an answer to several statements has no fields. */
type Answer = { rows: object; fields?: { dataTypeID: number }[] };

/** The engine reads columns of the type "char"; the adapter refuses them (prisma/prisma#27403). */
function giveCharacterColumns(adapter: Adapter): void {
  const found = new WeakMap<object, number[]>();
  const pool = adapter.underlyingDriver();
  pool.query = new Proxy(pool.query, {
    async apply(query, self, args) {
      const result = (await Reflect.apply(query, self, args)) as Answer;
      for (const [index, field] of (result.fields ?? []).entries()) {
        if (field.dataTypeID !== OID_CHAR) continue;
        field.dataTypeID = OID_TEXT;
        found.set(result.rows, [...(found.get(result.rows) ?? []), index]);
      }
      return result;
    },
  });
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (query) => {
    const result = await queryRaw(query);
    for (const index of found.get(result.rows) ?? []) result.columnTypes[index] = ColumnTypeEnum.Character;
    return result;
  };
}

/** The little we use of it: only the browser's type library knows WebAssembly. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: { __wbindgen_start(): void } };
};

let engineLoaded = false;

/** The package's own entry imports its wasm file as an ES module, which Node 20 cannot. */
function loadEngine(): void {
  if (engineLoaded) return;
  // Where the engine leaves the text of a panic; Prisma's client may have brought its own.
  if (!("PRISMA_WASM_PANIC_REGISTRY" in globalThis)) {
    const PRISMA_WASM_PANIC_REGISTRY = { set_message: (message: string) => process.emitWarning(message) };
    Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY });
  }
  const script = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm/schema_engine_bg");
  const module = new WebAssembly.Module(readFileSync(script.replace(/\.js$/, ".wasm")));
  // The engine never clears its timeout for the lock, which would hold up the end of the process.
  const setTimeoutUnref = (work: () => void, delay: number) => setTimeout(work, delay).unref();
  const imports = Object.entries(bindings).map(
    ([name, binding]) => [name, name.startsWith("__wbg_setTimeout_") ? setTimeoutUnref : binding] as const,
  );
  const { exports } = new WebAssembly.Instance(module, { "./schema_engine_bg.js": Object.fromEntries(imports) });
  bindings.__wbg_set_wasm(exports);
  exports.__wbindgen_start();
  engineLoaded = true;
}
