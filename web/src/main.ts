import "./styles/base.css";
import "./styles/page.css";
import "./styles/arena.css";
import "./styles/curvature.css";
import "./styles/story.css";
import { startApp } from "./app";
import { loadCore, methods, problems } from "./core";
import { byId } from "./ui/dom";
import { messageOf } from "./ui/format";

try {
  await loadCore();
  startApp(problems(), methods());
} catch (error) {
  const note = byId("note");
  note.textContent = `The page could not start: ${messageOf(error)}`;
  throw error;
}
