//! `COPY`'s text format (manual of COPY, "Text Format").

use std::borrow::Cow;

/// The fields of a line; none is NULL.
pub(super) fn fields(line: &[u8]) -> impl Iterator<Item = Option<Cow<'_, [u8]>>> {
    line.split(|byte| *byte == b'\t').map(|field| match field {
        b"\\N" => None,
        field if field.contains(&b'\\') => Some(Cow::Owned(unescaped(field))),
        field => Some(Cow::Borrowed(field)),
    })
}

fn unescaped(field: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(field.len());
    let mut bytes = field.iter();
    while let Some(byte) = bytes.next() {
        match (*byte, if *byte == b'\\' { bytes.next() } else { None }) {
            (_, Some(b'b')) => out.push(8),
            (_, Some(b'f')) => out.push(12),
            (_, Some(b'n')) => out.push(b'\n'),
            (_, Some(b'r')) => out.push(b'\r'),
            (_, Some(b't')) => out.push(b'\t'),
            (_, Some(b'v')) => out.push(11),
            (_, Some(other)) => out.push(*other),
            (byte, None) => out.push(byte),
        }
    }
    out
}

/// Appends a line.
pub(super) fn push(fields: impl IntoIterator<Item = Option<String>>, out: &mut Vec<u8>) {
    for (at, field) in fields.into_iter().enumerate() {
        if at > 0 {
            out.push(b'\t');
        }
        let Some(field) = field else {
            out.extend(b"\\N");
            continue;
        };
        for byte in field.bytes() {
            match byte {
                b'\\' => out.extend(b"\\\\"),
                b'\n' => out.extend(b"\\n"),
                b'\r' => out.extend(b"\\r"),
                b'\t' => out.extend(b"\\t"),
                other => out.push(other),
            }
        }
    }
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_back_as_they_were() {
        let row = [
            Some("plain".to_owned()),
            None,
            Some(String::new()),
            Some("tab\tline\nreturn\rback\\slash \\N é".to_owned()),
        ];
        let mut line = Vec::new();
        push(row.clone(), &mut line);
        assert_eq!(line.pop(), Some(b'\n'));
        assert!(!line.contains(&b'\n'));
        let back: Vec<Option<String>> = fields(&line)
            .map(|field| field.map(|bytes| String::from_utf8(bytes.into_owned()).unwrap()))
            .collect();
        assert_eq!(back, row);
        let odd: Vec<_> = fields(b"\\b\\f\\v\\x").flatten().collect();
        assert_eq!(odd, [&b"\x08\x0c\x0bx"[..]]);
    }
}
