import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";

/** A reader so near to the end, in pixels, wants to see what comes. */
const NEAR_PX = 48;

type FollowEnd = Readonly<{
  scroller: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLDivElement | null>;
  atEnd: boolean;
  toEnd(): void;
}>;

/** Keeps the end in sight while the content grows, until the reader scrolls up; what comes above moves nothing. */
export function useFollowEnd({ sent, onTop }: { sent: number; onTop: (() => void) | undefined }): FollowEnd {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const [atEnd, setAtEnd] = useState(true);
  const top = useRef(onTop);
  useEffect(() => {
    top.current = onTop;
  }, [onTop]);

  const toEnd = () => {
    following.current = true;
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  };
  useLayoutEffect(toEnd, [sent]);

  useEffect(() => {
    const [box, inner] = [scroller.current, content.current];
    if (!box || !inner) return;
    let height = inner.offsetHeight;
    const onScroll = () => {
      const left = box.scrollHeight - box.scrollTop - box.clientHeight;
      following.current = left < NEAR_PX;
      setAtEnd(following.current);
      if (box.scrollTop < NEAR_PX && box.scrollHeight > box.clientHeight) top.current?.();
    };
    const observer = new ResizeObserver(() => {
      const grown = inner.offsetHeight - height;
      height = inner.offsetHeight;
      if (following.current) box.scrollTop = box.scrollHeight;
      // Older messages have come above: the reader stays where they were.
      else if (box.scrollTop < NEAR_PX && grown > 0) box.scrollTop += grown;
    });
    observer.observe(inner);
    observer.observe(box);
    box.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      observer.disconnect();
      box.removeEventListener("scroll", onScroll);
    };
  }, []);
  return { scroller, content, atEnd, toEnd };
}
