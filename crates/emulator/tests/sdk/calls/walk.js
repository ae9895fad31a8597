// Every call that the official packages export, found by walking what they export.

import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import "../browser.js";

const require = createRequire(import.meta.url);

const { default: Knock } = await import("@knocklabs/node");
const { APIResource } = await import("@knocklabs/node/core/resource");
const { Knock: OldKnock } = await import("knock-node-0");
const { default: KnockClient, Feed } = await import("@knocklabs/client");
const react = require("@knocklabs/react");
const reactCore = require("@knocklabs/react-core");

/** The packages as the table names them. */
export const NODE = "@knocklabs/node";
export const OLD_NODE = "@knocklabs/node 0.6";
export const CLIENT = "@knocklabs/client";
export const REACT = "@knocklabs/react";

/** What belongs to one of these areas is asked of the emulator; the rest may be missing. */
export const AREAS = [
  "feeds",
  "messages",
  "users",
  "preferences",
  "tenants",
  "workflows",
  "schedules",
  "objects",
  "bulk operations",
];

/** Every call as `{ package, name, area }`, in the packages' own order. */
export function walk() {
  return [...node(), ...oldNode(), ...client(), ...hooksAndComponents()];
}

/** The methods of every resource of a client, however deep it lies. */
function node() {
  const calls = [];
  const descend = (resource, path) => {
    for (const name of methods(resource, APIResource.prototype)) {
      calls.push({ package: NODE, name: [...path, name].join("."), area: area(path, name) });
    }
    for (const [name, inner] of Object.entries(resource)) {
      if (inner instanceof APIResource) descend(inner, [...path, name]);
    }
  };
  descend(new Knock({ apiKey: "sk_test_walk" }), []);
  // The client's own methods are how it speaks HTTP, and no calls.
  return calls.filter(({ name }) => name.includes("."));
}

/** The methods of the client and of its services, but for those that speak HTTP for them. */
function oldNode() {
  const knock = new OldKnock("sk_test_walk");
  const services = Object.entries(knock).filter(([, service]) => service?.knock === knock);
  const calls = services.flatMap(([service, inner]) =>
    methods(inner).map((name) => ({
      package: OLD_NODE,
      name: `${service}.${name}`,
      area: area([service], name),
    })),
  );
  const transport = new Set(["get", "post", "put", "delete", "handleErrorResponse", "emitWarning"]);
  const own = methods(knock).filter((name) => !transport.has(name));
  return [...own.map((name) => ({ package: OLD_NODE, name, area: "workflows" })), ...calls];
}

/** What the declarations do not call private, of the client, its services and a feed. */
function client() {
  const knock = new KnockClient("pk_test_walk");
  const declared = declarations("@knocklabs/client");
  const of = (object, className, prefix, area) =>
    methods(object)
      .filter((name) => !declared.private(className, name) && !LOCAL.has(name))
      .map((name) => ({ package: CLIENT, name: prefix + name, area: area(name) }));
  const services = declared.services("Knock").flatMap(([service, className]) =>
    of(knock[service], className, `${service}.`, (name) => area([service === "user" ? "users" : service], name)),
  );
  const feed = of(Feed.prototype, "Feed", "feed.", () => "feeds");
  knock.teardown();
  return [...of(knock, "Knock", "", () => "users"), ...services, ...feed];
}

/** Hooks, and the components of every module that has to do with a service of Knock. */
function hooksAndComponents() {
  const calls = [];
  for (const [name, value] of Object.entries(react)) {
    const isHook = /^use[A-Z]/.test(name);
    const isComponent = /^[A-Z]/.test(name) && (typeof value === "function" || value?.$$typeof);
    if (!(isHook || isComponent) || name.endsWith("Context")) continue;
    const module = moduleOf(name);
    if (module === undefined) throw new Error(`no declaration of ${name} was found`);
    if (!module.isWidget) calls.push({ package: REACT, name, area: MODULES[module.name] ?? module.name });
  }
  return calls;
}

const MODULES = { feed: "feeds", core: "users", "ms-teams": "Microsoft Teams", slack: "Slack", guide: "guides" };

/** Which module of the packages declares an export, and whether it only draws or words something. */
function moduleOf(name) {
  const found = (pkg) => declarations(pkg).moduleOf(name);
  if (name in reactCore) {
    const module = found("@knocklabs/react-core");
    return module && { name: module, isWidget: module === "i18n" || LOCAL.has(name) };
  }
  const module = found("@knocklabs/react");
  return module && { name: module, isWidget: module === "core" };
}

/** What has to do with no server: it compares options, or writes to the console. */
const LOCAL = new Set(["useStableOptions", "log"]);

function methods(object, until = Object.prototype) {
  const names = new Set();
  for (let proto = object; proto && proto !== until && proto !== Object.prototype; proto = Object.getPrototypeOf(proto)) {
    if (proto === object && Object.getPrototypeOf(proto) !== Object.prototype) continue;
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(proto))) {
      if (name !== "constructor" && typeof value === "function") names.add(name);
    }
  }
  return [...names];
}

function area(path, name) {
  const words = [...path, name];
  const has = (...wanted) => words.some((word) => wanted.includes(word));
  if (has("guides", "getGuides", "markGuideStepAs", "resetGuideEngagement")) return "guides";
  if (has("preferenceCenter")) return "preference center";
  if (has("slack")) return "Slack";
  if (has("msTeams")) return "Microsoft Teams";
  if (has("integrations")) return "integrations";
  if (has("workflowRecipientRuns")) return "workflow recipient runs";
  if (has("bulk", "bulkOperations") || name.startsWith("bulk")) return "bulk operations";
  if (has("feeds", "getFeed")) return "feeds";
  if (/preferences/i.test(name)) return "preferences";
  if (/schedules/i.test(name)) return "schedules";
  if (/messages$/i.test(name)) return "messages";
  return path[0];
}

/** What a package's type declarations say that its code no longer does. */
function declarations(pkg) {
  const root = join(dirname(require.resolve(`${pkg}/package.json`)), "dist/types");
  const files = readdirSync(root, { recursive: true }).filter((file) => file.endsWith(".d.ts"));
  const texts = files.map((file) => [file, readFileSync(join(root, file), "utf8")]);
  const body = (className) => {
    const found = texts.find(([, text]) => text.includes(`declare class ${className} `));
    if (!found) throw new Error(`${pkg} declares no class ${className}`);
    return found[1];
  };
  return {
    private: (className, name) => new RegExp(`private (readonly )?${name}\\b`).test(body(className)),
    /** The properties of a class that are classes of the package themselves, with their names. */
    services: (className) =>
      [...body(className).matchAll(/readonly (\w+): (\w+);/g)]
        .map(([, property, type]) => [property, type])
        .filter(([, type]) => texts.some(([, text]) => text.includes(`declare class ${type} `)) || type === "FeedClient"),
    moduleOf: (name) => {
      const exported = new RegExp(`export (default )?(declare )?(const|function)? ?${name}\\b|declare (const|function) ${name}\\b`);
      const found = texts.find(([file, text]) => file.startsWith("modules/") && exported.test(text));
      return found?.[0].split("/")[1];
    },
  };
}
