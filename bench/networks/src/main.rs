//! Networks on one thread: see `run.sh`.

mod autoencoder;
mod clock;
mod costs;
mod races;
mod spectrum;
mod subject;

use subject::Outcome;

const USAGE: &str = "costs | memory METHOD | work METHOD STEPS | digits STEPS [METHODS...] | convolution STEPS | \
    characters STEPS TEXTS... | spectrum|products IMAGES LABELS CASES | autoencoder IMAGES METHOD [KEY=VALUE ...]";

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["costs"] => costs::run(),
        ["memory", method] => costs::memory(method),
        ["work", method, steps] => costs::work(method, steps.parse()?),
        ["digits", steps, ref methods @ ..] => races::to_a_hundredth(steps.parse()?, methods),
        ["convolution", steps] => races::convolution(steps.parse()?),
        ["characters", steps, ..] => races::characters(&arguments[2..], steps.parse()?),
        [what @ ("spectrum" | "products"), images, labels, cases] => {
            spectrum::run(what, [images, labels], cases.parse()?)
        }
        ["autoencoder", images, method, ..] => autoencoder::run(images, method, &arguments[3..]),
        _ => Err(USAGE.into()),
    }
}
