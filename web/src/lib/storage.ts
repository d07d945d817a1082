type Kept = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** A browser may forbid storage, and throws on the first touch then: what would be kept lives as long as the page. */
function storageOr(open: () => Storage): Kept {
  try {
    const storage = open();
    storage.getItem('');
    return storage;
  } catch {
    const items = new Map<string, string>();
    return {
      getItem: (key) => items.get(key) ?? null,
      setItem: (key, value) => void items.set(key, value),
      removeItem: (key) => void items.delete(key),
    };
  }
}

/** For this tab. */
export const tabStorage: Kept = storageOr(() => window.sessionStorage);
/** For this browser. */
export const deviceStorage: Kept = storageOr(() => window.localStorage);
export type { Kept };
