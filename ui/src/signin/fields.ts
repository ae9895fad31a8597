import type { Draft } from "../generated/Draft";

/** A field of the form, spelled as the draft and the problems spell it. */
export type FieldName = keyof Draft;

/** What a field says about itself: keys of the catalogue. */
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
    label: "public-key",
    hint: "public-key-hint",
    example: "pk_…",
  },
  {
    name: "user_id",
    label: "user",
    hint: "user-hint",
    example: "user_123",
  },
  {
    name: "feed_id",
    label: "feed-channel",
    hint: "feed-channel-hint",
    example: "00000000-0000-0000-0000-000000000000",
  },
  {
    name: "user_token",
    label: "user-token",
    hint: "user-token-hint",
    example: "",
  },
];

export const HOST: FieldWords = {
  name: "host",
  label: "host",
  hint: "host-hint",
  example: "https://api.knock.app",
};

export const EMPTY: Draft = { public_key: "", user_id: "", feed_id: "", user_token: "", host: "" };

/** From top to bottom of the form. */
export const NAMES: readonly FieldName[] = [...FIELDS.map((field) => field.name), HOST.name];
