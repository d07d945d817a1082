type Listener<T> = (payload: T) => void;

/** Typed listeners. `on` returns the function that removes the listener again. */
export class Emitter<Events extends object> {
  private readonly listeners = new Map<keyof Events, Set<Listener<never>>>();

  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    const set = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, set);
    set.add(listener as Listener<never>);
    return () => set.delete(listener as Listener<never>);
  }

  emit<Name extends keyof Events>(name: Name, payload: Events[Name]): void {
    // A copy: a listener may remove itself or others while it runs.
    for (const listener of [...(this.listeners.get(name) ?? [])])
      (listener as Listener<Events[Name]>)(payload);
  }
}
