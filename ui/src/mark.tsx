/** The mark: a rounded plate with one round button. Decoration, so that it has no name. */
export function Mark({ size = 48 }: { size?: number }) {
  return (
    <svg class="mark" width={size} height={size} viewBox="0 0 48 48" aria-hidden="true" focusable="false">
      <rect x="6" y="3" width="36" height="42" rx="10" fill="none" stroke="currentColor" stroke-width="2.5" />
      <circle cx="24" cy="24" r="10" fill="none" stroke="currentColor" stroke-width="2.5" />
    </svg>
  );
}
