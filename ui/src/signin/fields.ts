import type { Draft } from "../generated/Draft";

/** A field of the form, spelled as the draft and the problems spell it. */
export type FieldName = keyof Draft;

/** What a field says about itself. */
export type FieldWords = {
  name: FieldName;
  label: string;
  /** Where to find the value in Knock's dashboard. */
  hint: string;
  /** An example of the shape, never of a value that works. */
  example: string;
};

/** In the order people have them. */
export const FIELDS: readonly FieldWords[] = [
  {
    name: "public_key",
    label: "Public key",
    hint: "In the Knock dashboard under Platform › API keys.",
    example: "pk_…",
  },
  {
    name: "user_id",
    label: "User",
    hint: "Your id in the dashboard’s list of users. The application that notifies you chose it.",
    example: "user_123",
  },
  {
    name: "feed_id",
    label: "Feed channel",
    hint: "In the dashboard under Integrations › Channels: the id of the in-app feed.",
    example: "00000000-0000-0000-0000-000000000000",
  },
  {
    name: "user_token",
    label: "User token (optional)",
    hint: "Only where Platform › API keys has enhanced security on. The application’s server signs it.",
    example: "",
  },
];

export const HOST: FieldWords = {
  name: "host",
  label: "Host",
  hint: "Leave it empty for Knock’s own service. A region or a local emulator has its own address.",
  example: "https://api.knock.app",
};

export const EMPTY: Draft = { public_key: "", user_id: "", feed_id: "", user_token: "", host: "" };

/** From top to bottom of the form. */
export const NAMES: readonly FieldName[] = [...FIELDS.map((field) => field.name), HOST.name];
