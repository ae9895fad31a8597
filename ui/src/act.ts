import type { Action } from "./generated/Action";

/** Asks for something. Whether it reached Doorbell is not the component's business. */
export type Act = (action: Action) => void;
