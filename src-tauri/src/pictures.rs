use std::path::Path;

use doorbell_notifier::{PictureKey, picture_kind};
use tauri::http::{Request, Response, StatusCode, header};

/// The scheme under which the page finds pictures of actors.
pub(crate) const SCHEME: &str = "picture";

/// Answers the page with a picture that the resident has put into its directory; with nothing else, and from nowhere else.
pub(crate) fn answer(directory: &Path, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
    let key = PictureKey::parse(request.uri().path().trim_start_matches('/'));
    let bytes = key.and_then(|key| std::fs::read(directory.join(key.as_str())).ok());
    let found = bytes.and_then(|bytes| Some((picture_kind(&bytes)?, bytes)));
    let (status, kind, body) = match found {
        Some((kind, bytes)) => (StatusCode::OK, kind, bytes),
        None => (StatusCode::NOT_FOUND, "text/plain", Vec::new()),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let kind = header::HeaderValue::from_static(kind);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    let bare = header::HeaderValue::from_static("nosniff");
    response
        .headers_mut()
        .insert(header::X_CONTENT_TYPE_OPTIONS, bare);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pictures_that_are_in_the_directory_are_given_out() {
        let home = tempfile::tempdir().unwrap();
        let (picture, other) = ("a".repeat(32), "b".repeat(32));
        std::fs::write(home.path().join(&picture), b"GIF89a...").unwrap();
        std::fs::write(home.path().join(&other), b"<svg onload=x()>").unwrap();
        std::fs::write(home.path().join("secret"), b"GIF89a").unwrap();
        let status = |path: &str| {
            let request = Request::builder().uri(format!("picture://localhost/{path}"));
            answer(home.path(), &request.body(Vec::new()).unwrap()).status()
        };
        assert_eq!(status(&picture), StatusCode::OK);
        for path in [&other, "secret", "../secret", &"c".repeat(32), ""] {
            assert_eq!(status(path), StatusCode::NOT_FOUND, "{path}");
        }
    }
}
