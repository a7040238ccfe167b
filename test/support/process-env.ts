const { PATH, NODE_COMPILE_CACHE } = process.env;

/** What a process of a test's own has in its environment: nothing of ours, but where to find Node, and what Node has compiled. */
export const PROCESS_ENV: Readonly<Record<string, string>> = {
  ...(PATH !== undefined && { PATH }),
  ...(NODE_COMPILE_CACHE !== undefined && { NODE_COMPILE_CACHE }),
};
