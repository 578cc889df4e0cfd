//! HTTP requests: the columns, the content, or both.

use serde_json::json;

use super::{Request, Work};

pub(super) fn work(unit: usize, own: usize) -> Work {
    let list = json!([{"key": "Accept", "value": "application/json"}, {"key": "Authorization", "value": "Bearer {{API_TOKEN}}"}]);
    let (name, content, request) = match own {
        // What tRPC wrote.
        0 => (
            "Is the shop up?",
            None,
            Some(("GET", "https://shop.example.com/health?full=1", Some(list), None)),
        ),
        // What the REST API wrote: text that was serialised again, and an empty content.
        1 => (
            "New stock",
            Some(""),
            Some((
                "POST",
                "https://shop.example.com/stock",
                Some(json!(list.to_string())),
                Some("{\"items\": [{\"id\": 7, \"name\": \"Öl\"}]}"),
            )),
        ),
        2 => (
            "Tell the pager",
            None,
            Some((
                "PUT",
                "https://pager.example.com/v2/on",
                Some(json!({"X-Key": "{{PAGER_KEY}}", "Accept": "*/*"})),
                Some(""),
            )),
        ),
        // Only the content, as the executor read it.
        3 => (
            "Ask for the weather",
            Some(
                r#"{"method": "GET", "url": "https://weather.example.com/b%C3%BCro", "headers": [{"key": "Accept", "value": "text/plain"}], "body": ""}"#,
            ),
            None,
        ),
        // Columns and content that don't agree, and no headers, in the forms in which "none" was stored.
        _ => (
            "Clear the cache",
            Some(r#"{"method": "GET", "url": "https://cdn.example.com/old", "headers": []}"#),
            Some((
                "DELETE",
                "https://cdn.example.com/cache",
                match unit % 3 {
                    0 => Some(json!("null")),
                    1 => Some(json!([])),
                    _ => Some(json!("[]")),
                },
                None,
            )),
        ),
    };
    Work {
        name,
        kind: "HTTP_REQUEST",
        content,
        request: request.map(|(method, url, headers, body)| Request {
            method,
            url,
            headers,
            body,
        }),
    }
}
