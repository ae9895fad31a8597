import type { Draft } from "../generated/Draft";
import { bare } from "./check";
import { NAMES } from "./fields";

/** What a connect file holds, or a sentence that says why it is none. */
export type ConnectFile = { fields: Partial<Draft> } | { wrong: string };

/**
 * Reads a connect file: one JSON object with the fields of the form.
 *
 * `url` is taken for `host` where that is missing or empty, as in the emulator's line of JSON; other keys are left alone.
 */
export function readConnectFile(text: string): ConnectFile {
  if (text.length > MAX_CHARS) return { wrong: "That file is too large for a connect file. Choose the JSON file you were given." };
  const value = parse(bare(text));
  if (value === undefined) return { wrong: "That file is not JSON. Choose the JSON file you were given, or fill in the form." };
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { wrong: NO_FIELDS };

  const given = value as Record<string, unknown>;
  const fields: Partial<Draft> = {};
  for (const name of NAMES) {
    const found = name === "host" ? hostOf(given) : given[name];
    if (found === undefined || found === null) continue;
    if (typeof found !== "string") return { wrong: `In that file, ${name} is not a text. Put it in quotes.` };
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

const NO_FIELDS = "That file has none of the fields in it: public_key, user_id, feed_id, user_token, host.";
const MAX_CHARS = 64 * 1024;
