import { useState } from "preact/hooks";

import { Choice } from "../controls/choice";
import { Line } from "../controls/line";
import { useWords } from "../words";

type Props = {
  /** `system`, `none`, or an address. */
  proxy: string;
  problem: string | null;
  set(proxy: string): void;
};

type Kind = "system" | "none" | "given";

/** How the network is reached: as the system does, straight, or through an address. */
export function Proxy({ proxy, problem, set }: Props) {
  const { say } = useWords();
  /** An address was chosen but not written yet; until it is, nothing is set. */
  const [writing, setWriting] = useState(false);
  const kind: Kind = writing ? "given" : proxy === "system" || proxy === "none" ? proxy : "given";
  return (
    <>
      <Choice<Kind>
        label={say("proxy")}
        value={kind}
        options={[
          ["system", say("proxy-system")],
          ["none", say("proxy-none")],
          ["given", say("proxy-given")],
        ]}
        choose={(kind) => {
          setWriting(kind === "given");
          if (kind !== "given") set(kind);
        }}
      />
      {kind === "given" && (
        <Line
          label={say("proxy-address")}
          hint={say("proxy-hint")}
          placeholder="http://proxy.example.com:3128"
          value={proxy === "system" || proxy === "none" ? "" : proxy}
          problem={problem}
          keep={(address) => address !== "" && set(address)}
        />
      )}
    </>
  );
}
