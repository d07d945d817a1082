import type { Meeting } from '@kcs-meet/sdk';
import { useEffect, useRef, type RefObject } from 'react';
import { PageVisibility } from '../lib/page_visibility';

/** A picture that is about to be scrolled into view should move by then. */
const NEARLY_VISIBLE = '80px';

let pageVisibility: PageVisibility | null = null;

/** Tells the meeting how large the element of the returned ref shows a stream, and whether it can be seen. */
export function useViewport<T extends Element>(
  meeting: Pick<Meeting, 'setViewport'>,
  producerId: string | null,
): RefObject<T | null> {
  const ref = useRef<T>(null);
  useEffect(() => {
    const element = ref.current;
    if (!element || !producerId) return;
    const page = (pageVisibility ??= new PageVisibility(document));
    let size: { width: number; height: number } | null = null;
    let inView: boolean | null = null;
    const report = () => {
      if (!size || inView === null) return;
      const { devicePixelRatio: ratio } = window;
      const visible = inView && page.visible;
      meeting.setViewport(producerId, { width: size.width * ratio, height: size.height * ratio, visible });
    };
    const sizes = new ResizeObserver(([entry]) => {
      if (entry) size = { width: entry.contentRect.width, height: entry.contentRect.height };
      report();
    });
    const views = new IntersectionObserver(
      (entries) => {
        inView = entries.at(-1)?.isIntersecting ?? inView;
        report();
      },
      { rootMargin: NEARLY_VISIBLE, scrollMargin: NEARLY_VISIBLE },
    );
    sizes.observe(element);
    views.observe(element);
    const unsubscribe = page.subscribe(report);
    return () => {
      sizes.disconnect();
      views.disconnect();
      unsubscribe();
      // Whoever shows it next says so in the same moment, and only the last word is sent.
      meeting.setViewport(producerId, { width: 0, height: 0, visible: false });
    };
  }, [meeting, producerId]);
  return ref;
}
