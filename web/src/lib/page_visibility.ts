/** Who only glances at another tab finds the pictures moving. */
const GRACE_MS = 3_000;

type Page = Pick<Document, 'visibilityState' | 'addEventListener'>;

/** Whether the page can be seen: said at once when it can, after a while when it cannot. */
export class PageVisibility {
  private shown: boolean;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly page: Page) {
    this.shown = page.visibilityState === 'visible';
    page.addEventListener('visibilitychange', () => this.onChange());
  }

  get visible(): boolean {
    return this.shown;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private onChange(): void {
    clearTimeout(this.timer);
    if (this.page.visibilityState === 'visible') this.set(true);
    else this.timer = setTimeout(() => this.set(false), GRACE_MS);
  }

  private set(shown: boolean): void {
    if (this.shown === shown) return;
    this.shown = shown;
    for (const listener of [...this.listeners]) listener();
  }
}
