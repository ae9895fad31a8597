// docs/openapi.yaml and docs/asyncapi.yaml as judges of what goes over the wire.

import { readFile } from "node:fs/promises";

import Ajv from "ajv";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { parse } from "yaml";

const DOCS = new URL("../../../../docs/", import.meta.url);

export const path = (name) => new URL(name, DOCS).pathname;

/** Reads both documents; what they do not describe is written down in `complaints`. */
export async function judge() {
  const [api, socket] = await Promise.all(
    ["openapi.yaml", "asyncapi.yaml"].map(async (name) => parse(await readFile(path(name), "utf8"))),
  );
  const http = described(api);
  const frames = framesOf(socket);
  const complaints = [];
  const judged = { exchanges: 0, frames: 0 };
  return {
    complaints,
    /** How much was looked at. */
    judged,
    /** One request and what was answered. */
    exchange(exchange) {
      judged.exchanges += 1;
      const complaint = http(exchange);
      if (complaint) complaints.push(`${exchange.method} ${exchange.path}: ${complaint}`);
    },
    /** One frame, `sent` by a client or `received` by it. */
    frame(direction, text) {
      judged.frames += 1;
      const complaint = frames(direction, JSON.parse(text));
      if (complaint) complaints.push(`a frame ${direction}, ${text}: ${complaint}`);
    },
    /** A body that must be what a schema of openapi.yaml describes. */
    body: (schema, body) => http.schema(schema, body),
  };
}

/** A function from an exchange to what is wrong with it. */
function described(api) {
  const ajv = addFormats(new Ajv2020({ strict: false, allErrors: false, allowUnionTypes: true }));
  ajv.addSchema({ $id: "api", ...api });
  const validators = new Map();
  const check = (pointer, value) => {
    if (!validators.has(pointer)) validators.set(pointer, ajv.compile({ $ref: `api#${pointer}` }));
    const validate = validators.get(pointer);
    return validate(value) ? undefined : ajv.errorsText(validate.errors);
  };
  const templates = Object.keys(api.paths).sort((one, other) => weight(one) - weight(other));
  const find = ({ method, path }) =>
    templates.find((template) => method.toLowerCase() in api.paths[template] && matches(template, path));

  const judge = (exchange) => {
    const template = find(exchange);
    if (!template) return exchange.status === 404 ? undefined : "no such operation is described";
    const method = exchange.method.toLowerCase();
    const operation = api.paths[template][method];
    const at = `/paths/${escape(template)}/${method}`;
    const answer = operation.responses[exchange.status];
    if (!answer) return `answered ${exchange.status}, which is not described`;
    const shared = answer.$ref?.slice(1);
    const response = shared ? api.components.responses[shared.split("/").pop()] : answer;
    const answered = shared ?? `${at}/responses/${exchange.status}`;
    if (!response.content) return exchange.response === undefined ? undefined : "answered a body, and none is described";
    const wrong = check(`${answered}/content/application~1json/schema`, exchange.response);
    if (wrong) return `answered ${JSON.stringify(exchange.response)}: ${wrong}`;
    if (exchange.status >= 300 || exchange.request === undefined) return undefined;
    if (!operation.requestBody) return empty(exchange.request) ? undefined : "was asked with a body, and none is described";
    const asked = check(`${at}/requestBody/content/application~1json/schema`, exchange.request);
    return asked && `was asked with ${JSON.stringify(exchange.request)}: ${asked}`;
  };
  judge.schema = (name, body) => check(`/components/schemas/${name}`, body);
  return judge;
}

/** A function from a frame to what is wrong with it: it is none of the messages that go its way. */
function framesOf(socket) {
  const ajv = addFormats(new Ajv({ strict: false, allowUnionTypes: true }));
  ajv.addSchema({ $id: "socket", ...socket });
  const byEvent = new Map(
    Object.entries(socket.components.messages).map(([key, { name, payload }]) => [
      name,
      { key, validate: ajv.compile({ $ref: `socket${payload.$ref}` }) },
    ]),
  );
  const going = { sent: new Set(), received: new Set() };
  for (const { action, messages, reply } of Object.values(socket.operations)) {
    const keys = (list) => (list ?? []).map(({ $ref }) => $ref.split("/").pop());
    for (const key of keys(messages)) going[action === "receive" ? "sent" : "received"].add(key);
    for (const key of keys(reply?.messages)) going.received.add(key);
  }
  return (direction, frame) => {
    const message = byEvent.get(frame[3]);
    if (!message || !going[direction].has(message.key)) return `no message ${frame[3]} is ${direction}`;
    return message.validate(frame) ? undefined : ajv.errorsText(message.validate.errors);
  };
}

/** Fixed segments go before placeholders, as in the emulator. */
function weight(template) {
  return template.split("{").length;
}

function matches(template, path) {
  const pattern = template.split("/");
  const segments = path.split("/");
  return (
    pattern.length === segments.length &&
    pattern.every((part, at) => (part.startsWith("{") ? segments[at] !== "" : part === segments[at]))
  );
}

function escape(pointer) {
  return encodeURIComponent(pointer.replaceAll("~", "~0").replaceAll("/", "~1"));
}

function empty(body) {
  return typeof body === "object" && Object.keys(body).length === 0;
}
