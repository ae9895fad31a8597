import { useState } from "preact/hooks";

import type { Actor } from "../generated/Actor";
import { Mark } from "../mark";

/** Who it was: a picture where there is one that loads, else initials, else the mark. The words beside it name them. */
export function Avatar({ actor, small = false }: { actor: Actor | null; small?: boolean }) {
  const [broken, setBroken] = useState<string | null>(null);
  const picture = actor?.picture ?? null;
  return (
    <span class={small ? "avatar small" : "avatar"} aria-hidden="true" title={actor?.name}>
      {picture !== null && picture !== broken ? (
        <img src={picture} alt="" draggable={false} onError={() => setBroken(picture)} />
      ) : (
        actor?.initials || <Mark size={small ? 12 : 20} />
      )}
    </span>
  );
}
