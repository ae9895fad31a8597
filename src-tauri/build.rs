use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=../ui/dist");
    let page = Path::new("../ui/dist/index.html");
    assert!(
        page.is_file(),
        "the page is not built: run `npm ci && npm run build` in ui/ (`cargo xtask` does it)"
    );
    let commands = tauri_build::AppManifest::new().commands(&[
        "act",
        "ready",
        "settings",
        "set",
        "open_settings_file",
        "diagnostics",
    ]);
    let attributes = tauri_build::Attributes::new().app_manifest(commands);
    tauri_build::try_build(attributes).expect("tauri.conf.json and the capabilities are sound");
}
