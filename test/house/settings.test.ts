import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readConfig } from "../../src/config.ts";

const COMPOSE_ONLY = new Set(["POSTGRES_PASSWORD", "PROMETHEUS_PORT", "GRAFANA_PORT"]);
/** What has no default, so that a config can be read at all, and a secret so that none is made up. */
const REQUIRED = {
  DATABASE_URL: "postgresql://localhost/test",
  REDIS_URL: "redis://localhost",
  JWT_SECRET: "a secret of the length that is asked for",
};

const example = readFileSync(".env.example", "utf8");
const compose = readFileSync("docker-compose.yml", "utf8");

/** `NAME=value` and `# NAME=value`, as they are offered. */
const offered = new Map(
  [...example.matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]),
);

test(".env.example names every setting of src/config.ts, and no other", () => {
  const settings = readFileSync("src/config.ts", "utf8").matchAll(/^ {2}([A-Z][A-Z0-9_]+):/gm);
  const known = [...settings].map(([, name = ""]) => name);
  expect(known).toContain("DATABASE_URL");
  expect([...offered.keys()].filter((name) => !COMPOSE_ONLY.has(name)).toSorted()).toEqual(known.toSorted());
});

test("each setting has a sentence", () => {
  const bare = [...example.matchAll(/(^.*$)\n(?:# )?([A-Z][A-Z0-9_]+)=.*$/gm)].filter(
    ([, above = ""]) => !/^# .*\.$/.test(above),
  );
  expect(bare.map(([, , name]) => name)).toEqual([]);
});

test("the defaults it names are the defaults", () => {
  expect(readConfig({ ...Object.fromEntries(offered), ...REQUIRED })).toEqual(readConfig(REQUIRED));
});

test("docker-compose.yml asks for nothing that is not offered", () => {
  const asked = [...compose.matchAll(/\$\{([A-Z][A-Z0-9_]+)/g)].map(([, name = ""]) => name);
  expect(asked).toContain("POSTGRES_PASSWORD");
  expect(asked.filter((name) => !offered.has(name))).toEqual([]);
});
