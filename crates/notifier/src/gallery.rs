//! The files in which pictures wait for the window: fetched once a week, and no more than a few hundred.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use doorbell_knock::WebUrl;
use reqwest::Client;
use tracing::debug;

use crate::pictures::PictureKey;

/// A larger picture is not shown.
const MAX_BYTES: usize = 512 * 1024;
/// Older ones are fetched again.
const FRESH: Duration = Duration::from_secs(7 * 24 * 3600);
/// The oldest make room for new ones.
const MAX_FILES: usize = 300;

/// What a browser can show and what cannot run anything, by its first bytes.
const KINDS: [(&[u8], &str); 4] = [
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "image/webp"),
];

/// The media type of a picture's bytes; nothing for what is no picture, or one that could run something.
pub fn picture_kind(bytes: &[u8]) -> Option<&'static str> {
    let kind = KINDS.iter().find(|(begins, _)| bytes.starts_with(begins));
    let (_, kind) = kind?;
    let webp = bytes.get(8..12) == Some(b"WEBP");
    (*kind != "image/webp" || webp).then_some(*kind)
}

/// Fetches a picture into the directory, unless a fresh one is there. Whether there is one now.
pub(crate) async fn fetch(client: &Client, directory: &Path, url: &WebUrl) -> bool {
    let file = directory.join(PictureKey::of(url).as_str());
    if is_fresh(&file) {
        return true;
    }
    let fetched = match download(client, url).await {
        Ok(bytes) => keep(directory, &file, &bytes).map_err(|error| error.to_string()),
        Err(reason) => Err(reason),
    };
    if let Err(reason) = &fetched {
        debug!(reason, "a picture did not come");
    }
    fetched.is_ok() || file.exists()
}

async fn download(client: &Client, url: &WebUrl) -> Result<Vec<u8>, String> {
    let said = |error: reqwest::Error| error.without_url().to_string();
    let response = client
        .get(url.as_url().clone())
        .send()
        .await
        .map_err(said)?;
    let mut response = response.error_for_status().map_err(said)?;
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(said)? {
        if bytes.len() + chunk.len() > MAX_BYTES {
            return Err("it is too large".to_owned());
        }
        bytes.extend_from_slice(&chunk);
    }
    match picture_kind(&bytes) {
        Some(_) => Ok(bytes),
        None => Err("it is no picture that is shown".to_owned()),
    }
}

fn is_fresh(file: &Path) -> bool {
    let made = fs::metadata(file).and_then(|metadata| metadata.modified());
    made.is_ok_and(|made| made.elapsed().unwrap_or_default() < FRESH)
}

fn keep(directory: &Path, file: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    make_room(directory)?;
    let unfinished = file.with_extension("part");
    fs::write(&unfinished, bytes)?;
    fs::rename(unfinished, file)
}

fn make_room(directory: &Path) -> io::Result<()> {
    let mut files: Vec<(SystemTime, PathBuf)> = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        files.push((entry.metadata()?.modified()?, entry.path()));
    }
    files.sort();
    let many = (files.len() + 1).saturating_sub(MAX_FILES);
    for (_, file) in &files[..many] {
        fs::remove_file(file)?;
    }
    Ok(())
}

/// Removes them all.
pub(crate) fn clear(directory: &Path) {
    if let Err(error) = fs::remove_dir_all(directory)
        && error.kind() != io::ErrorKind::NotFound
    {
        debug!(%error, "pictures could not be removed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Network, NetworkOptions};

    #[test]
    fn a_picture_is_told_by_its_first_bytes() {
        for (bytes, kind) in [
            (&b"\x89PNG\r\n\x1a\n...."[..], Some("image/png")),
            (b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            (b"GIF89a", Some("image/gif")),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some("image/webp")),
            (b"RIFF\0\0\0\0WAVEfmt ", None),
            (b"<svg onload=x()>", None),
            (b"", None),
        ] {
            assert_eq!(picture_kind(bytes), kind);
        }
    }

    #[test]
    fn the_oldest_make_room() {
        let home = tempfile::tempdir().unwrap();
        for number in 0..MAX_FILES + 5 {
            let file = home.path().join(format!("{number:04}"));
            keep(home.path(), &file, b"GIF89a").unwrap();
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(number as u64);
            let file = fs::File::options().write(true).open(file).unwrap();
            file.set_modified(at).unwrap();
        }
        let left = fs::read_dir(home.path()).unwrap().count();
        assert_eq!(left, MAX_FILES);
        assert!(!home.path().join("0000").exists());
        assert!(home.path().join(format!("{:04}", MAX_FILES + 4)).exists());
    }

    #[tokio::test]
    async fn what_is_no_picture_or_too_large_is_not_kept() {
        let picture = b"GIF89a".repeat(10);
        let large = b"GIF89a".repeat(MAX_BYTES / 6 + 1);
        let answers = [(&picture[..], true), (b"<svg>", false), (&large, false)];
        for (body, kept) in answers {
            let home = tempfile::tempdir().unwrap();
            let url = serve(body.to_vec()).await;
            let (network, _) = Network::new(&NetworkOptions::default()).unwrap();
            let client = network.http().unwrap();
            assert_eq!(fetch(&client, home.path(), &url).await, kept);
            let file = home.path().join(PictureKey::of(&url).as_str());
            assert_eq!(file.exists(), kept);
            if kept {
                // Nobody answers any more, and nobody needs to.
                assert!(fetch(&client, home.path(), &url).await);
            }
        }
    }

    /// An address where one request is answered with this.
    async fn serve(body: Vec<u8>) -> WebUrl {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await;
            let length = body.len();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(&body).await;
        });
        WebUrl::parse(&format!("http://{address}/a.gif")).unwrap()
    }
}
