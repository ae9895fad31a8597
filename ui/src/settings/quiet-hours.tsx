import { Line } from "../controls/line";
import { Switch } from "../controls/switch";
import type { QuietHoursSetting } from "../generated/QuietHoursSetting";
import { useWords } from "../words";

type Props = { hours: QuietHoursSetting | null; problem: string | null; set(hours: QuietHoursSetting | null): void };

/** The part of each day in which no toasts come. */
export function QuietHours({ hours, problem, set }: Props) {
  const { say } = useWords();
  return (
    <>
      <Switch
        label={say("quiet-hours-setting")}
        hint={say("quiet-hours-hint")}
        on={hours !== null}
        turn={(on) => set(on ? NIGHT : null)}
      />
      {hours !== null && (
        <div class="side-by-side">
          <Line
            label={say("quiet-from")}
            type="time"
            value={hours.from}
            problem={problem}
            keep={(from) => set({ ...hours, from })}
          />
          <Line label={say("quiet-to")} type="time" value={hours.to} keep={(to) => set({ ...hours, to })} />
        </div>
      )}
    </>
  );
}

/** What most people mean by night. */
const NIGHT: QuietHoursSetting = { from: "22:00", to: "07:00" };
