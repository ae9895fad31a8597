//! The least that a process with a tray can be: one icon, and nothing else. `cargo xtask bench` holds Doorbell
//! against it.

#[cfg(target_os = "linux")]
mod linux {
    use ksni::{Icon, Tray, TrayMethods};

    struct Bare;

    impl Tray for Bare {
        fn id(&self) -> String {
            "bare-tray".to_owned()
        }

        fn icon_pixmap(&self) -> Vec<Icon> {
            let (width, height) = (22, 22);
            vec![Icon {
                width,
                height,
                data: vec![255; (width * height * 4) as usize],
            }]
        }
    }

    #[tokio::main(flavor = "current_thread")]
    pub(crate) async fn main() -> Result<(), ksni::Error> {
        let _item = Bare.assume_sni_available(true).spawn().await?;
        std::future::pending().await
    }
}

#[cfg(target_os = "linux")]
fn main() -> Result<(), ksni::Error> {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("this system's tray belongs to the window's program");
}
