import type { Connection } from "../generated/Connection";
import type { ConnectionState } from "../generated/ConnectionState";
import { useWords } from "../words";
import { inOneLine } from "./connection-words";

/** How the link stands: a dot for the eye, words on hover and for screen readers. */
export function ConnectionDot({ connection, now }: { connection: Connection; now: Date }) {
  const words = inOneLine(connection, now, useWords());
  return (
    <span class={`connection ${connection.state}`} role="status" aria-label={words} title={words}>
      <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true" focusable="false">
        {shape(connection.state)}
      </svg>
      <span class="for-ears">{words}</span>
    </span>
  );
}

/** The states differ in shape, not in colour alone. */
function shape(state: ConnectionState) {
  switch (state) {
    case "connected":
      return <circle cx="6" cy="6" r="4" fill="currentColor" />;
    case "connecting":
      return <circle cx="6" cy="6" r="3.5" fill="none" stroke="currentColor" stroke-width="1.5" stroke-dasharray="3.7 1.8" />;
    case "offline":
      return (
        <g fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round">
          <circle cx="6" cy="6" r="4" />
          <path d="M2 10 10 2" />
        </g>
      );
    case "refused":
      return (
        <g fill="currentColor">
          <rect x="5" y="1" width="2" height="6.5" rx="1" />
          <circle cx="6" cy="10" r="1.2" />
        </g>
      );
  }
}
