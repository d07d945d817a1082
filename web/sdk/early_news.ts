/** Enough for every stream of a large meeting that is being set up at the same moment. */
const CAPACITY = 256;

/**
 * News of things whose names are not known here yet: they overtook the answer that brings the name. Kept until the
 * name comes; of too many, the oldest are dropped.
 */
export class EarlyNews<T extends object> {
  private readonly news = new Map<string, Partial<T>>();

  /** What is told later adds to what was told before. */
  put(id: string, news: Partial<T>): void {
    const merged = { ...this.news.get(id), ...news };
    this.news.delete(id);
    this.news.set(id, merged);
    if (this.news.size > CAPACITY) this.news.delete(this.news.keys().next().value!);
  }

  take(id: string): Partial<T> | undefined {
    const news = this.news.get(id);
    this.news.delete(id);
    return news;
  }
}
