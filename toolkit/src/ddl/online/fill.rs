//! The rows that are there get a value, in batches that are committed one by one.

use crate::ddl::{quote, quote_text};

/// Rows of a batch: locked for some tens of milliseconds.
const ROWS: u32 = 2000;
/// Pages of a batch, of a table without a key.
const PAGES: u32 = 64;
/// How often a table without a key is gone through at most.
const PASSES: u32 = 5;

/// Gives the rows that are `open` a value, along the table's key, each batch in a transaction of its own. It is one statement
/// that commits as it goes, so that a plain client can run it.
///
/// It ends whatever the value is and whatever triggers make of it, since it asks of no row whether it is done: it goes
/// from the lowest key to the highest that was there when it began. No row is missed by that. A row that somebody changes
/// meanwhile moves to another place in the table and keeps its key; one that comes in has the column's default, or what
/// the mirror's trigger gives it, whatever its key. Batches are limits of keys and no lists of them, so a key need not even
/// be unique, as that of a table with children is not. Only a row whose key is changed from above to below the batch at
/// work is left out: where NULL is not allowed, what comes behind finds it, and where `must_close`, the statement
/// itself ends with an error if a row is still open.
///
/// Where no unique key is without NULL, it goes by the pages that were there when a pass began, and passes again while one
/// has given a row its value, at most five times: a row would have to be moved behind each of them. What a pass gave is
/// what the row has after its triggers, so that one that sets it back to NULL ends it, too.
pub(in crate::ddl) fn fill_in_batches(table: &str, column: &str, value: &str, open: &str, must_close: bool) -> String {
    in_batches(&quote(table), &quote(column), value, open, must_close)
}

/// The parts of the statement come as they stand in SQL.
fn in_batches(table: &str, column: &str, value: &str, open: &str, must_close: bool) -> String {
    let class = format!("{}::regclass", quote_text(table));
    let own_name = quote_text(
        &column
            .get(1..column.len().saturating_sub(1))
            .unwrap_or_default()
            .replace("\"\"", "\""),
    );
    // What names columns of the table is sent as a text of its own: there the block's variables are not seen.
    let update = quote_text(&format!("UPDATE {table} SET {column} = {value} WHERE ({open}) AND ("));
    let by_place = quote_text(&format!(
        "WITH changed AS (UPDATE {table} SET {column} = {value} WHERE ({open}) AND ctid >= $1 AND ctid < $2 \
         RETURNING ({open}) IS NOT TRUE AS given) SELECT count(*) FILTER (WHERE given) FROM changed"
    ));
    let from = quote_text(&format!(" FROM {table} "));
    let closed = if must_close {
        format!(
            " EXECUTE {} INTO found; IF found > 0 THEN RAISE EXCEPTION 'in % row(s) of % the value was not taken over into %', found, \
             {}, {} USING HINT = 'run this again; if it stays so, a trigger changes the value'; END IF;",
            quote_text(&format!("SELECT count(*) FROM {table} WHERE {open}")),
            quote_text(table),
            quote_text(column)
        )
    } else {
        String::new()
    };
    let body = format!(
        "DECLARE first bigint := 0; pages bigint; found bigint; given bigint; keys text; back text; lower text; upper text; \
         fields text; numbers int2[]; begun boolean := false; last {table}%ROWTYPE; bound {table}%ROWTYPE; stop {table}%ROWTYPE; \
         BEGIN \
         SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.place), \
         string_agg(quote_ident(a.attname) || ' DESC', ', ' ORDER BY k.place), \
         string_agg('($1).' || quote_ident(a.attname), ', ' ORDER BY k.place), \
         string_agg('($2).' || quote_ident(a.attname), ', ' ORDER BY k.place), array_agg(a.attnum) \
         INTO keys, back, lower, upper, numbers \
         FROM (SELECT u.indrelid, u.indkey, u.indnkeyatts FROM pg_index AS u WHERE u.indrelid = {class} AND u.indisunique \
         AND u.indisvalid AND u.indpred IS NULL AND u.indexprs IS NULL AND NOT EXISTS (\
         SELECT FROM generate_series(0, u.indnkeyatts - 1) AS p (place) JOIN pg_attribute AS c ON c.attrelid = u.indrelid \
         AND c.attnum = u.indkey[p.place] WHERE NOT c.attnotnull OR c.attname = {own_name}) \
         ORDER BY u.indisprimary DESC, u.indnkeyatts, u.indexrelid LIMIT 1) AS i \
         CROSS JOIN generate_series(0, i.indnkeyatts - 1) AS k (place) \
         JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.place]; \
         IF keys IS NOT NULL THEN \
         SELECT string_agg(CASE WHEN a.attnum = ANY (numbers) OR t.typtype = 'd' THEN quote_ident(a.attname) ELSE 'NULL' END, ', ' \
         ORDER BY a.attnum) INTO fields FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid \
         WHERE a.attrelid = {class} AND a.attnum > 0 AND NOT a.attisdropped; \
         EXECUTE 'SELECT ' || fields || {from} || 'ORDER BY ' || back || ' LIMIT 1' INTO stop; \
         GET DIAGNOSTICS found = ROW_COUNT; \
         WHILE found > 0 LOOP \
         EXECUTE 'SELECT ' || fields || {from} || 'WHERE (' || keys || ') <= (' || upper || ')' \
         || CASE WHEN begun THEN ' AND (' || keys || ') > (' || lower || ')' ELSE '' END \
         || ' ORDER BY ' || keys || ' OFFSET {skipped} LIMIT 1' INTO bound USING last, stop; \
         GET DIAGNOSTICS found = ROW_COUNT; \
         IF found = 0 THEN bound := stop; END IF; \
         EXECUTE {update} || keys || ') <= (' || upper || ')' \
         || CASE WHEN begun THEN ' AND (' || keys || ') > (' || lower || ')' ELSE '' END USING last, bound; \
         COMMIT; last := bound; begun := true; \
         END LOOP; \
         ELSE FOR pass IN 1..{PASSES} LOOP \
         WITH RECURSIVE tree AS (SELECT {class}::oid AS oid UNION SELECT h.inhrelid FROM pg_inherits AS h \
         JOIN tree ON h.inhparent = tree.oid) \
         SELECT coalesce(max(pg_relation_size(tree.oid)), 0) / current_setting('block_size')::bigint INTO pages FROM tree; \
         given := 0; first := 0; \
         WHILE first <= pages LOOP \
         EXECUTE {by_place} INTO found USING format('(%s,0)', first)::tid, format('(%s,0)', first + {PAGES})::tid; \
         given := given + found; first := first + {PAGES}; COMMIT; \
         END LOOP; \
         EXIT WHEN given = 0; \
         END LOOP; END IF;{closed} END",
        skipped = ROWS - 1
    );
    let tag = tag_for(&body);
    format!("DO {tag} {body} {tag}")
}

/// A dollar quote that the text does not hold.
fn tag_for(body: &str) -> String {
    let mut tag = "$fill$".to_owned();
    let mut number = 1;
    while body.contains(&tag) {
        number += 1;
        tag = format!("$fill{number}$");
    }
    tag
}

/// A statement of a step as it was sent by a version before this one, in the words of this one: what a step means has not
/// changed with them.
pub(crate) fn as_sent_now(line: &str) -> String {
    of_old(line).unwrap_or_else(|| line.to_owned())
}

/// The statement that went over the pages until a pass found nothing.
fn of_old(line: &str) -> Option<String> {
    let rest =
        line.strip_prefix("DO $fill$ DECLARE first bigint; pages bigint; changed bigint; found bigint; BEGIN LOOP ")?;
    let (_, rest) = rest.split_once("pages := pg_relation_size('")?;
    let (class, rest) = rest.split_once("'::regclass) / ")?;
    let table = class.replace("''", "'");
    let (_, rest) = rest.split_once(&format!("UPDATE {table} SET "))?;
    let (set, rest) = rest.split_once(" WHERE ctid >= format('(%s,0)', first)::tid ")?;
    let (_, rest) = rest.split_once(")::tid AND ")?;
    let (open, _) = rest.rsplit_once("; GET DIAGNOSTICS changed = ROW_COUNT")?;
    let mut end = 0;
    let mut signs = set.char_indices().skip(1).peekable();
    while let Some((at, sign)) = signs.next() {
        if sign == '"' && signs.next_if(|(_, next)| *next == '"').is_none() {
            end = at + 1;
            break;
        }
    }
    let (column, value) = set.split_at_checked(end)?;
    let value = value.strip_prefix(" = ")?;
    let may_stay = open == format!("{column} IS NULL");
    Some(in_batches(&table, column, value, open, !may_stay))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As version 0.1 of the autumn of 2026 sent it.
    fn old(table: &str, column: &str, value: &str, open: &str) -> String {
        let (quoted, column) = (quote(table), quote(column));
        let class = quote_text(&quoted);
        format!(
            "DO $fill$ DECLARE first bigint; pages bigint; changed bigint; found bigint; BEGIN LOOP \
             found := 0; first := 0; \
             pages := pg_relation_size({class}::regclass) / current_setting('block_size')::bigint; \
             WHILE first <= pages LOOP \
             UPDATE {quoted} SET {column} = {value} WHERE ctid >= format('(%s,0)', first)::tid \
             AND ctid < format('(%s,0)', first + 64)::tid AND {open}; \
             GET DIAGNOSTICS changed = ROW_COUNT; found := found + changed; first := first + 64; COMMIT; \
             END LOOP; EXIT WHEN found = 0; END LOOP; END $fill$"
        )
    }

    #[test]
    fn what_an_older_version_sent_means_the_same() {
        for (table, column) in [("logs", "token"), ("it's", "a \"b\" = c"), ("\"", "\"\"")] {
            let open = format!("{} IS NULL", quote(column));
            assert_eq!(
                as_sent_now(&old(table, column, "md5('x = 1')", &open)),
                fill_in_batches(table, column, "md5('x = 1')", &open, false)
            );
        }
        let open = "\"twin\"::text IS DISTINCT FROM \"note\"::text";
        assert_eq!(
            as_sent_now(&old("logs", "twin", "\"note\"", open)),
            fill_in_batches("logs", "twin", "\"note\"", open, true)
        );
        assert_eq!(as_sent_now("DROP TABLE a"), "DROP TABLE a");
    }

    #[test]
    fn a_value_with_the_quote_in_it_gets_another_one() {
        let sql = fill_in_batches("t", "c", "'$fill$'", "true", false);
        assert!(sql.starts_with("DO $fill2$ ") && sql.ends_with(" $fill2$"), "{sql}");
    }
}
