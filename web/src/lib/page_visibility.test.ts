import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PageVisibility } from './page_visibility';

const page = Object.assign(new EventTarget(), { visibilityState: 'visible' as DocumentVisibilityState });
const turn = (state: DocumentVisibilityState) => {
  page.visibilityState = state;
  page.dispatchEvent(new Event('visibilitychange'));
};

beforeEach(() => {
  vi.useFakeTimers();
  page.visibilityState = 'visible';
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a page in the background', () => {
  it('counts as hidden after a while, and as seen at once', () => {
    const visibility = new PageVisibility(page as unknown as Document);
    const heard = vi.fn();
    visibility.subscribe(heard);
    turn('hidden');
    expect(visibility.visible).toBe(true);
    vi.advanceTimersByTime(5_000);
    expect(visibility.visible).toBe(false);
    turn('visible');
    expect(visibility.visible).toBe(true);
    expect(heard).toHaveBeenCalledTimes(2);
  });

  it('does not count as hidden when it is back soon', () => {
    const visibility = new PageVisibility(page as unknown as Document);
    const heard = vi.fn();
    visibility.subscribe(heard);
    turn('hidden');
    vi.advanceTimersByTime(1_000);
    turn('visible');
    vi.advanceTimersByTime(10_000);
    expect(heard).not.toHaveBeenCalled();
  });
});
