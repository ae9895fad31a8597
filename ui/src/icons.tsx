/** Pictures on buttons. The buttons have names; the pictures have none. */
import type { ComponentChildren } from "preact";

function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 16 16"
      aria-hidden="true"
      focusable="false"
      fill="none"
      stroke="currentColor"
      stroke-width="1.4"
      stroke-linecap="round"
      stroke-linejoin="round"
    >
      {children}
    </svg>
  );
}

export const ReadIcon = () => (
  <Icon>
    <path d="m3 8.5 3.5 3.5L13 4.5" />
  </Icon>
);

export const UnreadIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="3.5" />
  </Icon>
);

export const AllReadIcon = () => (
  <Icon>
    <path d="m1 8.5 3 3 6.5-7M7.5 11l.5.5 6.5-7" />
  </Icon>
);

export const ArchiveIcon = () => (
  <Icon>
    <path d="M2 3h12v3H2zM3 6v7h10V6M6.5 8.5h3" />
  </Icon>
);

export const UnarchiveIcon = () => (
  <Icon>
    <path d="M2 3h12v3H2zM3 6v7h10V6M8 11.5v-3M6.5 9.7 8 8.2l1.5 1.5" />
  </Icon>
);

export const SearchIcon = () => (
  <Icon>
    <circle cx="7" cy="7" r="4.2" />
    <path d="m10.2 10.2 3.3 3.3" />
  </Icon>
);

export const NarrowIcon = () => (
  <Icon>
    <path d="M2 4h12M4.5 8h7M7 12h2" />
  </Icon>
);

export const CloseIcon = () => (
  <Icon>
    <path d="m4 4 8 8M12 4l-8 8" />
  </Icon>
);

export const MoreIcon = () => (
  <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" focusable="false" fill="currentColor">
    <circle cx="3" cy="8" r="1.4" />
    <circle cx="8" cy="8" r="1.4" />
    <circle cx="13" cy="8" r="1.4" />
  </svg>
);
