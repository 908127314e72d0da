// From a frame in another page to the whole one.

import { h } from "../ui/dom";

/** A link, shown in a bare page alone, to the same state with everything around it. */
export function wholeLink(): HTMLElement {
  const link = h("a", { class: "whole", href: "#", target: "_blank", rel: "noopener" }, "Open in Ravine");
  const aim = (): void => { link.href = location.href.replace("&bare=1", ""); };
  for (const event of ["pointerenter", "focus", "pointerdown"]) link.addEventListener(event, aim);
  return link;
}
