//! Rows of PostgreSQL, as `COPY` sends and takes them.

use futures_util::TryStreamExt as _;

use super::{
    blocks::{BLOCK, Broken, Message, Sink, Telling},
    error::{BackupError, Result},
    feed::Feed,
    meta::TableMeta,
    postgres::{copy_in, copy_out},
    session::{Postgres, failed},
};

/// Reads a table's rows.
pub(super) async fn read<W: std::io::Write + Send + 'static>(
    db: &Postgres,
    table: &TableMeta,
    sink: &Sink<W>,
    telling: &mut Telling,
) -> Result<(), Broken> {
    let failing = || BackupError::database(format!("the rows of `{}` cannot be read", table.name));
    sink.send(Message::Table(table.name.clone())).await?;
    let mut connection = db.lock().await;
    let stream = connection.copy_out_raw(&copy_out(table)).await.map_err(failed);
    let mut stream = stream.map_err(failing())?;
    let mut block = Vec::with_capacity(BLOCK + BLOCK / 4);
    let mut count = 0;
    // A message is a row (manual section 55.2.7, "COPY Operations").
    while let Some(row) = stream.try_next().await.map_err(failed).map_err(failing())? {
        block.extend_from_slice(&row);
        count += 1;
        if block.len() >= BLOCK {
            let full = std::mem::replace(&mut block, Vec::with_capacity(BLOCK + BLOCK / 4));
            sink.send(Message::Rows(full)).await?;
            telling.rows(std::mem::take(&mut count));
        }
    }
    if !block.is_empty() {
        sink.send(Message::Rows(block)).await?;
    }
    telling.rows(count);
    Ok(())
}

/// Puts a table's rows in; `lines` makes of a block of the file what `COPY` takes, and counts its rows.
pub(super) async fn write<F>(
    db: &Postgres,
    table: &TableMeta,
    feed: &mut Feed,
    telling: &mut Telling,
    mut lines: F,
) -> Result<()>
where
    F: FnMut(Vec<u8>) -> Result<(Vec<u8>, u64)> + Send,
{
    let failing = || BackupError::database(format!("rows of `{}` cannot be written", table.name));
    let mut connection = db.lock().await;
    let copy = connection.copy_in_raw(&copy_in(table)).await.map_err(failed);
    let mut copy = copy.map_err(failing())?;
    while let Some(block) = feed.rows().await {
        let (block, rows) = lines(block)?;
        let sent = copy.send(block).await.map(|_| ()).map_err(failed);
        sent.map_err(failing())?;
        telling.rows(rows);
    }
    copy.finish().await.map_err(failed).map_err(failing())?;
    Ok(())
}
