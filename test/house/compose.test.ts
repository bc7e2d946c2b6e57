import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

const read = (path: string) => readFileSync(path, "utf8");
const Text = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const Service = z.object({
  image: z.string(),
  profiles: z.array(z.string()).default([]),
  build: z.union([z.string(), z.object({ context: z.string(), target: z.string() })]).optional(),
  entrypoint: z.array(z.string()).optional(),
  command: z.array(Text).optional(),
  environment: z.record(z.string(), Text).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  depends_on: z
    .union([z.array(z.string()), z.record(z.string(), z.unknown()).transform((services) => Object.keys(services))])
    .default([]),
  logging: z.object({ driver: z.string(), options: z.object({ "max-size": z.string(), "max-file": z.string() }) }),
  mem_limit: z.string(),
});
const Compose = z.object({
  services: z.record(z.string(), Service),
  volumes: z.record(z.string(), z.unknown()),
});
const Scrapes = z.object({
  scrape_configs: z.array(
    z.object({
      job_name: z.string(),
      dns_sd_configs: z.array(z.object({ names: z.array(z.string()), port: z.number() })),
    }),
  ),
});

const { services, volumes } = Compose.parse(parse(read("docker-compose.yml"), { merge: true }));
const dockerfile = read("Dockerfile");
const settings = new Set([...read(".env.example").matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name));

// That each has limits of its log and its memory is in the shape above.
describe.each(Object.entries(services))("%s of docker-compose.yml", (_, service) => {
  test("has an image of its own build, or of one version", () => {
    const { build, image } = service;
    const target = typeof build === "object" ? build.target : undefined;
    expect(build !== undefined || /^[\w./-]+:v?\d[\w.]*$/.test(image)).toBe(true);
    expect(target === undefined || dockerfile.includes(` AS ${target}\n`)).toBe(true);
  });

  test("publishes ports on this machine alone", () => {
    expect(service.ports.filter((port) => !port.startsWith("127.0.0.1:"))).toEqual([]);
  });

  test("mounts and depends on what is there", () => {
    const sources = service.volumes.map((volume) => volume.split(":")[0] ?? "");
    expect(sources.filter((source) => !(source.startsWith("./") ? existsSync(source) : source in volumes))).toEqual([]);
    expect(service.depends_on.filter((name) => !(name in services))).toEqual([]);
  });

  test("gets settings that there are, and runs a program that there is", () => {
    if (service.build === undefined) return;
    expect(Object.keys(service.environment).filter((name) => !settings.has(name))).toEqual([]);
    const programs = [...(service.entrypoint ?? []), ...(service.command ?? [])].filter((word) =>
      /\.[jt]s$/.test(word),
    );
    const sources = programs.map((path) => path.replace(/^dist\/(.*)\.js$/, "$1.ts"));
    expect(sources.filter((path) => !existsSync(path))).toEqual([]);
  });
});

test("Prometheus asks services of docker-compose.yml, at their METRICS_PORT", () => {
  const { scrape_configs: scrapes } = Scrapes.parse(parse(read("ops/prometheus/prometheus.yml")));
  expect(scrapes.map(({ job_name: job }) => job)).toEqual(["colloquy-api", "colloquy-worker"]);
  for (const { names, port } of scrapes.flatMap(({ dns_sd_configs: found }) => found))
    for (const name of names) expect(services[name]?.environment["METRICS_PORT"]).toBe(String(port));
});

test("the proxy asks the APIs where they listen, and listens where it is published", () => {
  const nginx = read("ops/compose/nginx.conf");
  expect(nginx).toContain(`server api:${services["api"]?.environment["PORT"]} resolve`);
  expect(services["proxy"]?.ports[0]).toMatch(new RegExp(`:${/listen (\d+);/.exec(nginx)?.[1]}$`));
});

test("the fake is where the README says", () => {
  const [, host = "", port = ""] = /GEMINI_BASE_URL=http:\/\/([\w-]+):(\d+)/.exec(read("README.md")) ?? [];
  expect(services[host]?.command).toContain(port);
  expect(services[host]?.profiles).toEqual([/COMPOSE_PROFILES=(\w+)/.exec(read("README.md"))?.[1]]);
});

test.each(["README.md", "docs/OPERATIONS.md"])(
  "docker compose gets profiles and services that there are: %s",
  (path) => {
    const commands = [...read(path).matchAll(/docker compose [^`\n|]+/g)].map(([command]) => command);
    expect(commands.length).toBeGreaterThan(2);
    const known = new Set(Object.values(services).flatMap(({ profiles }) => profiles));
    const named = (pattern: RegExp) =>
      commands.flatMap((each) => [...each.matchAll(pattern)].map(([, name = ""]) => name));
    expect(named(/--profile (\S+)/g).filter((name) => !known.has(name))).toEqual([]);
    const used = [...named(/--scale ([\w-]+)=/g), ...named(/ (?:exec|logs|run)(?: -\S+)* ([a-z][\w-]*)/g)];
    expect(used.filter((name) => !(name in services))).toEqual([]);
  },
);

test("the image is made of what is there, and what the build reads is let in", () => {
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = ""]) => paths.split(" "));
  expect(copied).toContain("prisma");
  expect(copied.filter((path) => !existsSync(path))).toEqual([]);
  const letIn = [...read(".dockerignore").matchAll(/^!(.+)$/gm)].map(([, path = ""]) => path);
  expect(letIn.filter((path) => !existsSync(path))).toEqual([]);
  expect(copied.filter((path) => path !== "." && !letIn.includes(path))).toEqual([]);
});
