// Cuts GitHub's OpenAPI description down to the operations Weighbridge uses and everything they refer to.
//
//   node scripts/contract/openapi/build.mjs [DESCRIPTION] > scripts/contract/openapi/github.json
//
// DESCRIPTION is `api.github.com.json` of the npm package @octokit/openapi; without it the copy that
// scripts/contract/install.sh keeps is read. Prose and examples are left out: what is kept decides whether a
// request or an answer is valid, nothing else. `--check` compares with the committed file instead.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const USED = {
  "/user": ["get"],
  "/repos/{owner}/{repo}": ["get"],
  "/repos/{owner}/{repo}/pulls": ["get"],
  "/repos/{owner}/{repo}/pulls/{pull_number}": ["get"],
  "/repos/{owner}/{repo}/pulls/{pull_number}/files": ["get"],
  "/repos/{owner}/{repo}/commits/{commit_sha}/pulls": ["get"],
  "/repos/{owner}/{repo}/issues/{issue_number}/comments": ["get", "post"],
  "/repos/{owner}/{repo}/issues/comments/{comment_id}": ["get", "patch", "delete"],
  "/repos/{owner}/{repo}/check-runs": ["post"],
  "/repos/{owner}/{repo}/check-runs/{check_run_id}": ["get", "patch"],
  "/repos/{owner}/{repo}/check-runs/{check_run_id}/annotations": ["get"],
  "/repos/{owner}/{repo}/commits/{ref}/check-runs": ["get"],
  "/repos/{owner}/{repo}/statuses/{sha}": ["post"],
  "/repos/{owner}/{repo}/commits/{ref}/statuses": ["get"],
  "/repos/{owner}/{repo}/git/ref/{ref}": ["get"],
  "/repos/{owner}/{repo}/git/trees/{tree_sha}": ["get"],
  "/repos/{owner}/{repo}/git/blobs/{file_sha}": ["get"],
  "/repos/{owner}/{repo}/commits/{ref}": ["get"],
  "/repos/{owner}/{repo}/compare/{basehead}": ["get"],
  "/repos/{owner}/{repo}/pulls/{pull_number}/commits": ["get"],
  "/repos/{owner}/{repo}/pulls/{pull_number}/reviews": ["get"],
  "/repos/{owner}/{repo}/activity": ["get"],
  "/repos/{owner}/{repo}/collaborators/{username}/permission": ["get"],
  "/repos/{owner}/{repo}/issues": ["get", "post"],
  "/orgs/{org}/teams/{team_slug}": ["get"],
  "/orgs/{org}/teams/{team_slug}/memberships/{username}": ["get"],
};

// Keys whose values are prose or samples, wherever a schema, parameter, response or operation may carry them.
const PROSE = new Set([
  "description", "summary", "title", "example", "examples", "externalDocs", "tags", "operationId", "x-github",
  "deprecated", "x-deprecation-details", "x-github-breaking-changes", "x-multi-segment",
]);
// Below these keys the keys are names somebody chose (a property may well be called `description`).
const NAMED = new Set(["properties", "patternProperties", "responses", "content", "headers", "paths", "schemas"]);
// Below these keys nothing is structure: values are taken as they are.
const LITERAL = new Set(["enum", "default", "const", "required"]);

function withoutProse(node, names = false) {
  if (Array.isArray(node)) return node.map((item) => withoutProse(item));
  if (node === null || typeof node !== "object") return node;
  const kept = {};
  for (const [key, value] of Object.entries(node)) {
    if (!names && PROSE.has(key)) continue;
    kept[key] = !names && LITERAL.has(key) ? value : withoutProse(value, !names && NAMED.has(key));
  }
  return kept;
}

function references(node, found = []) {
  if (Array.isArray(node)) node.forEach((item) => references(item, found));
  else if (node !== null && typeof node === "object") {
    if (typeof node.$ref === "string") found.push(node.$ref);
    Object.values(node).forEach((value) => references(value, found));
  }
  return found;
}

function lookUp(document, ref) {
  if (!ref.startsWith("#/components/")) throw new Error(`unexpected reference ${ref}`);
  const [, , kind, name] = ref.split("/");
  const found = document.components?.[kind]?.[name];
  if (found === undefined) throw new Error(`dangling reference ${ref}`);
  return { kind, name, found };
}

function trim(document) {
  const paths = {};
  for (const [path, methods] of Object.entries(USED)) {
    paths[path] = {};
    for (const method of methods) {
      const operation = document.paths[path]?.[method];
      if (!operation) throw new Error(`the description has no ${method} ${path}`);
      paths[path][method] = withoutProse(operation);
    }
  }
  const components = {};
  const waiting = references(paths);
  while (waiting.length > 0) {
    const { kind, name, found } = lookUp(document, waiting.pop());
    components[kind] ??= {};
    if (components[kind][name] !== undefined) continue;
    // An example is a value: a reference to one would have gone with the prose around it.
    components[kind][name] = withoutProse(found);
    waiting.push(...references(components[kind][name]));
  }
  // OpenAPI requires a description for each response.
  const responses = [
    ...Object.values(paths).flatMap((item) => Object.values(item)).flatMap((operation) => Object.values(operation.responses ?? {})),
    ...Object.values(components.responses ?? {}),
  ];
  for (const response of responses) if (!response.$ref) response.description = "";
  return {
    openapi: document.openapi,
    info: { title: document.info.title, version: document.info.version, license: document.info.license },
    servers: document.servers,
    paths,
    components: sorted(components),
  };
}

function sorted(components) {
  const byName = (map) => Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
  return byName(Object.fromEntries(Object.entries(components).map(([kind, map]) => [kind, byName(map)])));
}

// One line per path and per component: small, and a difference can be read.
function print({ paths, components, ...rest }) {
  const lines = (map, indent) => Object.entries(map)
    .map(([key, value]) => `${indent}${JSON.stringify(key)}: ${JSON.stringify(value)}`)
    .join(",\n");
  const kinds = Object.entries(components).map(([kind, map]) => `    ${JSON.stringify(kind)}: {\n${lines(map, "      ")}\n    }`);
  return `{\n${lines(rest, "  ")},\n  "paths": {\n${lines(paths, "    ")}\n  },\n  "components": {\n${kinds.join(",\n")}\n  }\n}\n`;
}

function installedDescription() {
  const home = process.env.WEIGHBRIDGE_TOOLS
    || join(process.env.XDG_CACHE_HOME || join(process.env.HOME, ".cache"), "weighbridge-tools");
  const folder = readdirSync(home).filter((name) => /^openapi-[0-9.]+$/.test(name)).sort().pop();
  if (!folder) throw new Error(`no OpenAPI description in ${home}: run scripts/contract/install.sh`);
  return join(home, folder, "api.github.com.json");
}

const check = process.argv.includes("--check");
const source = process.argv.slice(2).find((argument) => !argument.startsWith("--")) ?? installedDescription();
const text = print(trim(JSON.parse(readFileSync(source, "utf8"))));
if (!check) {
  process.stdout.write(text);
} else if (readFileSync(join(dirname(fileURLToPath(import.meta.url)), "github.json"), "utf8") !== text) {
  console.error("github.json differs: run node scripts/contract/openapi/build.mjs > scripts/contract/openapi/github.json");
  process.exit(1);
}
