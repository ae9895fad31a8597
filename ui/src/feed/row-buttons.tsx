import type { RowButton } from "../generated/RowButton";

type Props = { buttons: RowButton[]; reach: 0 | -1; press(button: number): void };

/** The item's own buttons. */
export function RowButtons({ buttons, reach, press }: Props) {
  return (
    <div class="row-buttons">
      {buttons.map((button) => (
        <button
          key={button.index}
          type="button"
          class={button.primary ? "button primary" : "button"}
          tabIndex={reach}
          onClick={() => press(button.index)}
        >
          {button.label}
        </button>
      ))}
    </div>
  );
}
