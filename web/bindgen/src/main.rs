//! `ravine-bindgen MODULE.wasm FOLDER`: writes the module with its JavaScript and its types.

use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [module, folder] = arguments.as_slice() else {
        eprintln!("usage: ravine-bindgen MODULE.wasm FOLDER");
        return ExitCode::FAILURE;
    };
    let written = || -> Result<(), Box<dyn std::error::Error>> {
        Bindgen::new()
            .input_path(module)
            .web(true)?
            .omit_default_module_path(false)
            .typescript(true)
            .generate(folder)?;
        Ok(())
    };
    match written() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
