/** Runs something once, after so many milliseconds, unless the function that it returns is called before. */
export type After = (ms: number, run: () => void) => () => void;

/** By the timers of Node. They keep no process alive. */
export const after: After = (ms, run) => {
  const timer = setTimeout(run, ms);
  timer.unref();
  return () => clearTimeout(timer);
};
