import type { FeedView } from "../generated/FeedView";
import { Still } from "../still";

/** What stands where rows would. */
export function Empty({ view }: { view: FeedView }) {
  if (!view.loaded) return <Still>{waiting(view)}</Still>;
  if (view.filter === "unread" && view.counts.total > 0) {
    return (
      <Still>
        <p>Nothing unread</p>
      </Still>
    );
  }
  return (
    <Still>
      <p>No notifications yet</p>
      <p class="quiet">
        If you expect some, check the user “{view.user}”: a mistyped one has an empty feed too.
      </p>
    </Still>
  );
}

function waiting(view: FeedView) {
  switch (view.connection.state) {
    case "connected":
    case "connecting":
      return <p role="status">{view.connection.state === "connected" ? "Fetching notifications…" : "Connecting…"}</p>;
    case "offline":
      return <p>The list comes with the connection</p>;
    case "refused":
      return <p>No list to show</p>;
  }
}
