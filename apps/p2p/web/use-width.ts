// How wide there is room for something, in pixels. Knows not what.
import { useEffect, useState, type RefObject } from "react";

/** Before the first look at the page. */
const WIDTH_PX = 320;

export function useWidth(box: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(WIDTH_PX);
  useEffect(() => {
    const element = box.current!;
    const resizing = new ResizeObserver(() => setWidth(element.clientWidth));
    resizing.observe(element);
    return () => resizing.disconnect();
  }, [box]);
  return width;
}
