/** Two who speak. */
export const Logo = ({ size }: { size: number }) => (
  <svg width={size} height={size} viewBox="0 0 32 32" fill="none" aria-hidden="true">
    <path
      d="M4 13a8 8 0 0 1 8-8h4a8 8 0 0 1 0 16h-1.5L9 25.2V20.4A8 8 0 0 1 4 13Z"
      fill="var(--accent)"
      opacity="0.28"
    />
    <path
      d="M13 17.5a6.5 6.5 0 0 1 6.5-6.5h2a6.5 6.5 0 0 1 2.5 12.5V28l-4.8-4A6.5 6.5 0 0 1 13 17.5Z"
      fill="var(--accent)"
    />
  </svg>
);
