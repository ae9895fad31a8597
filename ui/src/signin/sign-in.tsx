import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Act } from "../act";
import type { Draft } from "../generated/Draft";
import type { SignInView } from "../generated/SignInView";
import { Mark } from "../mark";
import { useWords } from "../words";
import { bare, check, checkAll } from "./check";
import { readConnectFile } from "./connect-file";
import { Field } from "./field";
import { EMPTY, FIELDS, HOST, type FieldName } from "./fields";
import { TopProblem } from "./top-problem";
import { UseFile } from "./use-file";

type Props = {
  view: SignInView;
  act: Act;
  /** Why the last action did not reach Doorbell. */
  lost: string | null;
};

type Slips = Partial<Record<FieldName, string>>;

/** The sign-in page. What was typed lives here and nowhere else until it is sent. */
export function SignIn({ view, act, lost }: Props) {
  const { say } = useWords();
  const [draft, setDraft] = useState<Draft>(EMPTY);
  /** What the page itself found wrong. */
  const [slips, setSlips] = useState<Slips>({});
  /** The field the server's sentence is about was changed since. */
  const [outdated, setOutdated] = useState(false);
  const [folded, setFolded] = useState(true);
  /** The field that takes the focus once it is drawn; it may be folded away until then. */
  const [wanted, setWanted] = useState<{ field: FieldName } | null>(null);
  const [told, setTold] = useState<string | null>(null);
  /** What a link filled in is still as it came. */
  const [invited, setInvited] = useState(false);
  const inputs = useRef<Partial<Record<FieldName, HTMLInputElement | null>>>({});
  const top = useRef<HTMLDivElement>(null);

  const field = view.problem?.field ?? null;
  const message = view.problem?.message ?? null;
  const answer = view.checking || message === null ? null : message;

  // An answer that is news takes the focus to what it is about.
  useEffect(() => {
    setOutdated(false);
    if (answer === null) return;
    if (field !== null) lead(field);
    else top.current?.focus();
  }, [field, answer]);

  useLayoutEffect(() => {
    if (wanted !== null) inputs.current[wanted.field]?.focus();
  }, [wanted]);

  // A link fills in whose feed it is and where, never what opens it; what was typed before gives way to it.
  const invitation = view.invitation;
  const { user_id = "", feed_id = "", host = "" } = invitation ?? {};
  useEffect(() => {
    if (invitation === null) return;
    setDraft((now) => ({ ...now, user_id, feed_id, host }));
    setSlips({});
    setInvited(true);
    if (host !== "") setFolded(false);
  }, [invitation === null, user_id, feed_id, host]);

  function lead(field: FieldName) {
    if (field === "host") setFolded(false);
    setWanted({ field });
  }

  function change(name: FieldName, value: string) {
    setDraft((now) => ({ ...now, [name]: value }));
    setSlips(({ [name]: _, ...rest }) => rest);
    if (name === field) setOutdated(true);
    setTold(null);
  }

  function leave(name: FieldName) {
    // An untouched field is not a mistake yet.
    const wrong = draft[name] === "" ? null : check(name, draft[name]);
    if (wrong !== null) setSlips((now) => ({ ...now, [name]: wrong }));
  }

  function fill(text: string, from: string) {
    const file = readConnectFile(text);
    if ("wrong" in file) {
      setTold(say(file.wrong, { field: file.field ?? "" }));
      return;
    }
    setDraft((now) => ({ ...now, ...file.fields }));
    setSlips({});
    setOutdated(true);
    if (file.fields.host) setFolded(false);
    setTold(say("filled-in", { from }));
  }

  function paste(event: ClipboardEvent) {
    const text = event.clipboardData?.getData("text") ?? "";
    if (!bare(text).startsWith("{")) return;
    event.preventDefault();
    fill(text, say("what-you-pasted"));
  }

  function submit(event: Event) {
    event.preventDefault();
    if (view.checking) return;
    const wrong = checkAll(draft);
    setSlips(Object.fromEntries(wrong));
    setOutdated(false);
    setTold(null);
    const first = wrong[0];
    if (first) {
      lead(first[0]);
      return;
    }
    act({ do: "sign_in", draft: trimmed(draft) });
  }

  const line = { fixed: view.checking, change, leave, hold };
  function hold(name: FieldName, input: HTMLInputElement | null) {
    inputs.current[name] = input;
  }

  function problem(name: FieldName): string | null {
    const slip = slips[name];
    if (slip !== undefined) return say(slip);
    return name === field && !outdated ? answer : null;
  }

  const general = field === null ? answer : null;
  const onTop = lost ?? general;
  return (
    <main class="page sign-in">
      <header>
        <Mark size={32} />
        <h1>{say("sign-in-title")}</h1>
      </header>
      {onTop !== null && (
        <TopProblem hold={top} message={onTop} again={general === null ? undefined : () => act({ do: "retry" })} />
      )}
      {invited && (
        <p class="invited" role="status">
          {say("invited")}
        </p>
      )}
      <form onSubmit={submit} onPaste={paste} noValidate aria-busy={view.checking}>
        {FIELDS.map((words) => (
          <Field key={words.name} words={words} value={draft[words.name]} problem={problem(words.name)} {...line} />
        ))}
        <details open={!folded} onToggle={(event) => setFolded(!event.currentTarget.open)}>
          <summary>{say("another-host")}</summary>
          <Field words={HOST} value={draft.host} problem={problem("host")} {...line} />
        </details>
        <p class="told" role="status">
          {told}
        </p>
        <div class="form-actions">
          <button type="submit" class="button primary" aria-disabled={view.checking}>
            {say(view.checking ? "checking" : "sign-in")}
          </button>
          <UseFile fixed={view.checking} fill={fill} fail={setTold} />
          {view.back && (
            <button type="button" class="button" onClick={() => act({ do: "back" })}>
              {say("back")}
            </button>
          )}
        </div>
      </form>
      <p class="hint aside">{say("no-account")}</p>
      {/* A proxy, for one, may be needed before anybody can sign in. It comes last to the keyboard. */}
      <button type="button" class="button in-corner" onClick={() => act({ do: "settings" })}>
        {say("settings-open")}
      </button>
    </main>
  );
}

function trimmed(draft: Draft): Draft {
  return {
    public_key: bare(draft.public_key),
    user_id: bare(draft.user_id),
    feed_id: bare(draft.feed_id),
    user_token: bare(draft.user_token),
    host: bare(draft.host),
  };
}
