/** The SDK reads its endpoints and keys from the process alone; what this gives back puts everything as it was. */
export function lend(environment: Readonly<Record<string, string>>): () => void {
  const old = new Map(Object.keys(environment).map((name) => [name, process.env[name]]));
  Object.assign(process.env, environment);
  return () => {
    for (const [name, value] of old) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}
