import type { Draft } from "../generated/Draft";
import { bare } from "./check";
import { NAMES } from "./fields";

/** What a connect file holds, or the key of a sentence that says why it is none, and the field it is about. */
export type ConnectFile = { fields: Partial<Draft> } | { wrong: string; field?: string };

/**
 * Reads a connect file: one JSON object with the fields of the form.
 *
 * `url` is taken for `host` where that is missing or empty, as in the emulator's line of JSON; other keys are left alone.
 */
export function readConnectFile(text: string): ConnectFile {
  if (text.length > MAX_CHARS) return { wrong: "file-large" };
  const value = parse(bare(text));
  if (value === undefined) return { wrong: "file-not-json" };
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { wrong: NO_FIELDS };

  const given = value as Record<string, unknown>;
  const fields: Partial<Draft> = {};
  for (const name of NAMES) {
    const found = name === "host" ? hostOf(given) : given[name];
    if (found === undefined || found === null) continue;
    if (typeof found !== "string") return { wrong: "file-not-text", field: name };
    fields[name] = bare(found);
  }
  return Object.keys(fields).length === 0 ? { wrong: NO_FIELDS } : { fields };
}

function hostOf({ host, url }: Record<string, unknown>): unknown {
  return host === undefined || host === null || host === "" ? (url ?? host) : host;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const NO_FIELDS = "file-no-fields";
const MAX_CHARS = 64 * 1024;
