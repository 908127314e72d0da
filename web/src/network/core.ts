// The Rust core of the network view: the only module that imports what is generated for it.

import initialize, { Factors, Learner, Lesson, Search, Spectrum, methods as methodsText } from "../generated/ravine_wasm_network";

export { Factors, Learner, Lesson, Search, Spectrum };

export interface NetworkMethod {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  /** Whether it takes all points at once only. */
  readonly whole: boolean;
}

/** Fetches the module; before anything else here. */
export async function loadNetworkCore(): Promise<void> {
  await initialize();
}

/** The methods, in order. */
export function networkMethods(): NetworkMethod[] {
  return methodsText().split("\n").map((line) => {
    const [name = "", title = "", about = "", whole = ""] = line.split("\t");
    return { name, title, about, whole: whole !== "" };
  });
}

/** A layer with Kronecker factors: its name, its inputs with the one of the bias, its outputs. */
export interface Layer {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
}

export function layersOf(lesson: Lesson): Layer[] {
  return lesson.layers().split("\n").map((line) => {
    const [name = "", inputs = "", outputs = ""] = line.split(" ");
    return { name: name.replace("layer", "layer "), inputs: Number(inputs), outputs: Number(outputs) };
  });
}
