/** Does something after so many milliseconds, unless the function that it returns is called before. */
export type Later = (what: () => void, ms: number) => () => void;

export const later: Later = (what, ms) => {
  const timer = setTimeout(what, ms);
  return () => clearTimeout(timer);
};

/** Holds back what comes in quick succession: only the last one goes on, once it is quiet for `ms`. */
export function settled<T>(go: (value: T) => void, ms: number, wait: Later = later) {
  let stop = () => {};
  return {
    say(value: T) {
      stop();
      stop = wait(() => go(value), ms);
    },
    /** What waits is forgotten. */
    drop: () => stop(),
  };
}
